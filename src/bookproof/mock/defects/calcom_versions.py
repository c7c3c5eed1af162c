"""Defects of the Cal.com dialect: versions."""
