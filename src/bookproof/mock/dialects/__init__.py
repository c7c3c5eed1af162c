"""Dialects: each says the same domain in the words of one API."""
