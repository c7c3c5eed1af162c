"""Loads Bookproof's pytest plugin, so that plain ``pytest`` judges targets and runs the project's own tests."""

pytest_plugins = ["bookproof.plugin"]
