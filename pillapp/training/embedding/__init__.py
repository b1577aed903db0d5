"""The network that turns a pill's looks into a vector: pictures of one side lie close together."""
