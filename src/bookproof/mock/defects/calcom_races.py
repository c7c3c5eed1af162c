"""Defects of the Cal.com dialect: races."""
