"""The storm: many users book, move and cancel at the same time for a bounded while, and then the state is judged.

Locust drives the users, in processes of their own, for it patches Python's sockets when it is imported. Nothing but
:mod:`bookproof.storm.runner` imports it, and nothing imports that.
"""
