"""Content files: reading them with file, line and field of every mistake, loading them, auditing them."""
