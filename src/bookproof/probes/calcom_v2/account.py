"""Whose key it is."""
