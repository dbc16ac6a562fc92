"""The `pratique` command: a client of the HTTP API, for people and for pipelines.

It imports nothing of the app, so that it can be installed by itself.
"""
