"""Defects of the Cal.com dialect: bookings."""
