"""Organization users."""
