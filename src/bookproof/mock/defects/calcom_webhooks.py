"""Defects of the Cal.com dialect: webhooks."""
