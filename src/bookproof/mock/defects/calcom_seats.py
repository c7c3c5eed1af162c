"""Defects of the Cal.com dialect: seats."""
