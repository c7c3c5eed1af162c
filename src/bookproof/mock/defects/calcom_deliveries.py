"""Defects of the Cal.com dialect: deliveries."""
