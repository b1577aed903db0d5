"""Reading official files into the catalogue: one module per source family, recognised by content."""
