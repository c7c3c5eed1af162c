"""Defects of the Cal.com dialect: tokens."""
