"""Slots of single days."""
