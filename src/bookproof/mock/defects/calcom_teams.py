"""Defects of the Cal.com dialect: teams."""
