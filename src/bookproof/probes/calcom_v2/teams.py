"""BEING WRITTEN BY S6 (with its rows, checks, defects): the original owner leaves it to S6."""
