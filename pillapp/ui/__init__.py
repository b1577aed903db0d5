"""Windows, pages and panels. Knows services and values; no SQL, no tensors."""
