"""Bookproof proves, over the wire, whether a scheduling API keeps its contract."""

__version__ = "0.1.0"
