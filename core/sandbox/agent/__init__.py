"""The agent: the program inside the sandbox, the same on a laptop and in Azure.

It imports only what a small container image holds: this package, the registry client, the domain's
values, and aiohttp, msgspec, pyseccomp.
"""
