"""Every exchange of the run."""
