"""ETags: what a client has is not sent again, and nothing else is held back."""

import azure.functions as func
import pytest

from functions.caching import conditional


def request(method: str = "GET", **headers: str) -> func.HttpRequest:
    return func.HttpRequest(
        method=method,
        url="http://localhost/api/images",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        body=b"",
    )


def response(body: str = "{}", status: int = 200, **headers: str) -> func.HttpResponse:
    return func.HttpResponse(body, status_code=status, headers=headers)


def test_an_answer_has_an_etag_that_changes_when_it_does() -> None:
    first, same, other = (conditional(request(), response(body)) for body in ("{}", "{}", "[]"))
    assert first.headers["ETag"] == same.headers["ETag"] != other.headers["ETag"]
    assert first.headers["ETag"].startswith('"')
    assert first.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("form", ["{}", "W/{}", '"x", {}', "*"])
def test_what_the_client_has_is_not_sent_again(method: str, form: str) -> None:
    tag = conditional(request(), response()).headers["ETag"]
    again = conditional(request(method, if_none_match=form.format(tag)), response())
    assert (again.status_code, again.get_body()) == (304, b"")
    assert (again.headers["ETag"], again.headers["Cache-Control"]) == (tag, "private, no-cache")


@pytest.mark.parametrize("seen", ['"x"', 'W/"x"', "x", '"', ",", "é", "*x"])
def test_anything_else_is_sent(seen: str) -> None:
    assert conditional(request(if_none_match=seen), response()).status_code == 200


def test_an_etag_of_its_own_is_kept() -> None:
    assert conditional(request(), response(ETag='"3"')).headers["ETag"] == '"3"'
    assert conditional(request(if_none_match='"3"'), response(ETag='"3"')).status_code == 304


@pytest.mark.parametrize(("method", "status"), [("POST", 200), ("PUT", 201), ("GET", 404)])
def test_neither_a_change_nor_an_error_is_held_back(method: str, status: int) -> None:
    told = conditional(request(method, if_none_match="*"), response(status=status))
    assert (told.status_code, "ETag" in told.headers) == (status, False)
