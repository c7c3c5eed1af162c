"""Credentials: none, wrong ones, right ones in wrong places."""
