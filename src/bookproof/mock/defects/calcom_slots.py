"""Defects of the Cal.com dialect: slots."""
