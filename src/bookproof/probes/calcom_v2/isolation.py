"""BEING WRITTEN BY S5 (with its rows, checks, defects): the original owner leaves it to S5."""
