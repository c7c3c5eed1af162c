"""The scheduling domain behind the mock: hours, slots, bookings, links, webhooks, keys. Knows nothing of HTTP."""
