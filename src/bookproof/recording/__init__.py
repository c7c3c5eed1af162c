"""Recordings: what a run has sent and heard on one target, so that it can be judged again without a request."""
