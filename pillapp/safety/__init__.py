"""Products and patient facts → an assessment against the DUR rules. Pure functions: no Qt, no files, no database."""
