"""Defects of the Cal.com dialect: schedules."""
