"""Defects of the Cal.com dialect: lists."""
