"""imatic Calendar v1 on the wire: paths, envelopes, statuses, field names. Translates, decides nothing."""
