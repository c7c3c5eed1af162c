"""Defects of the Cal.com dialect: decisions."""
