"""What is wrong with a question, told as Azure Resource Graph tells it."""

from http import HTTPStatus

from core.errors import InvalidInput, InvalidQuery, QueryTooLarge
from core.query.shapes import Json


def fault_of(error: InvalidInput) -> Json:
    """The body of the answer to a question that makes no sense: where in the query that is, and
    what stands there."""
    if not isinstance(error, InvalidQuery):
        return _fault("QueryTooLarge" if isinstance(error, QueryTooLarge) else "BadRequest", error)
    place: Json = {
        "code": "ParserFailure",
        "message": str(error),
        "line": error.line,
        "characterPositionInLine": error.column,
        "token": error.token,
    }
    invalid: Json = {
        "code": "InvalidQuery",
        "message": f"The query is not one: line {error.line}, character {error.column}: {error}",
    }
    return _fault("BadRequest", error, invalid, place)


def not_ready() -> Json:
    """The body of the answer of a process that still reads the fleet."""
    message = "this process is new, and still reads the fleet: ask again in a moment"
    return {"error": {"code": HTTPStatus.SERVICE_UNAVAILABLE.phrase, "message": message}}


def _fault(code: str, error: InvalidInput, *details: Json) -> Json:
    return {"error": {"code": code, "message": str(error), "details": list(details)}}
