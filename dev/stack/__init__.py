"""The processes of the local stack: storage, registry, event translator, Functions host.

Each is a process of its own on a free loopback port, with a readiness check, a log file that error
messages name, and an identity (pid and start time) that lets another command stop it later without
ever signalling a stranger.
"""
