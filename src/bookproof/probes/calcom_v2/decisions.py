"""Confirming, declining, marking absent."""
