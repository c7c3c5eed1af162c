"""Calendars and busy times."""
