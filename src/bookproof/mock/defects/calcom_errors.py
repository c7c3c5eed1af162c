"""Defects of the Cal.com dialect: errors."""
