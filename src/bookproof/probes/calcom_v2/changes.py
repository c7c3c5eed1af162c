"""Cancelling and rescheduling."""
