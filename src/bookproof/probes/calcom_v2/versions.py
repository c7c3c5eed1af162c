"""Dated versions."""
