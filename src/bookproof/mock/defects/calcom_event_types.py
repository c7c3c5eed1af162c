"""Defects of the Cal.com dialect: event types."""
