"""Everything at once, by chance, for as long as one likes; then an independent checker looks.

`make soak` runs it for ten minutes, `make test` for a moment. The whole core runs over memory in
two processes that know nothing of each other: pushes, pulls, deletions, requests, plans, advisories
and days come in any order, twice, late or never; sandboxes crash, fall silent or linger; messages
are lost, doubled and overtaken; storage loses requests and answers. Then the weather clears, and
what the log says must be true, all of it, and nothing may be stuck.
"""
