"""Defects of the Cal.com dialect: reservations."""
