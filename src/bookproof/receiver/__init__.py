"""Plays the sender of webhooks against a consumer: what does it accept, what does it refuse, what makes it crash."""
