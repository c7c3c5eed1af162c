"""Defects of the Cal.com dialect: limits."""
