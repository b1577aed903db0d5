"""Finding pills: training pictures, the training itself, and what it is worth."""
