"""Defects of the Cal.com dialect: account."""
