"""The demo: real images on their way from a push to findings, on the local stack.

It is a client like any other: it pushes with `skopeo`, asks the public HTTP API with a function
key, and knows nothing of what is inside.
"""
