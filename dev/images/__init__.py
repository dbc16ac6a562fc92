"""Images for the demo, the tests and the bench, made by hand: no container engine is needed.

Each is an OCI layout around the package database of its kind, in the format that the real package
manager writes, so that real catalogers read them as they read any image. Only what says which
packages are there is in them; nothing in them runs.
"""
