"""The network that finds a pill's outline in its box: rendered scenes and composites → weights → figures."""
