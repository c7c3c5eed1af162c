"""Other accounts' keys."""
