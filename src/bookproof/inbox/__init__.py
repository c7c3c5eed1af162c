"""The inbox: receives webhook deliveries, and lets a run read them back over HTTP.

A run starts one on loopback (``bookproof.inbox.server``), or ``bookproof inbox`` stands on a host that the target can
reach; ``bookproof.inbox.reader`` reads both in the same way.
"""

from bookproof.inbox.delivery import Answer, Delivery, answer, delay, drop, hold, redirect

__all__ = ["Answer", "Delivery", "answer", "delay", "drop", "hold", "redirect"]
