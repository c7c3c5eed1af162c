"""Seated bookings."""
