"""Fuzzing: schemathesis makes requests out of a dialect's contract; what it finds becomes verdicts of our requirements.

The only package that knows schemathesis, which is loaded when fuzzing is asked for and not before.
"""
