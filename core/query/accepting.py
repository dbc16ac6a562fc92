"""Which media type answers a request: what its header `Accept` likes best of what there is."""

from collections.abc import Sequence

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header


def liked(accept: str | None, served: Sequence[str]) -> str | None:
    """The best of those types, as RFC 9110 weighs them, and the first where nothing is said; `None`
    where all are refused."""
    if not accept:
        return served[0]
    found = parse_accept_header(accept, MIMEAccept).best_match(served)
    return None if found is None else str(found)
