"""Defects of the Cal.com dialect: access."""
