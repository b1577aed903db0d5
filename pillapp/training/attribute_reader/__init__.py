"""The network that sees shape, colours, make and score line: drawn and official sides → weights → figures."""
