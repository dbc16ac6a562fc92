"""What a request asks, less the key that let it in.

The host in Azure takes a function key in the query string, too, as `code`. Where people sign in so,
the host has looked at it, and it is no part of the question: it is not refused as unknown, belongs
to no continuation token, and no link repeats it. Elsewhere it is a parameter that nobody knows.
"""

import azure.functions as func

from functions.bootstrap import host_level

_KEY = "code"


def question_of(request: func.HttpRequest) -> dict[str, str]:
    """The query string of a request."""
    taken = {_KEY} if host_level() is not func.AuthLevel.ANONYMOUS else set[str]()
    return {name: value for name, value in request.params.items() if name not in taken}
