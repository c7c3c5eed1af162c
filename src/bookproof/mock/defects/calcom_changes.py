"""Defects of the Cal.com dialect: changes."""
