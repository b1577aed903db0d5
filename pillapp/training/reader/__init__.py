"""Reading imprints: drawn and real sides, the training itself, and what it is worth."""
