"""Answers over HTTP: what is allowed, what went wrong, and nothing that a browser could misread."""

import json
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus

import azure.functions as func
import pytest

from core.errors import ArtifactMissing, Contended, CorruptLog, InvalidInput, StorageUnavailable
from core.query.documents import Document
from core.query.shapes import Json
from functions.http import Answer, Reply, respond


def request(method: str = "GET", **params: str) -> func.HttpRequest:
    return func.HttpRequest(
        method=method, url="http://localhost/api/images?code=secret", params=params, body=b""
    )


def saying(answer: Json | bytes | Document | Reply) -> Answer:
    """An answer that is always the same."""

    async def say(given: Mapping[str, str]) -> Json | bytes | Document | Reply:
        return answer

    return say


def failing(error: Exception) -> Answer:
    """An answer that never comes."""

    async def fail(given: Mapping[str, str]) -> Json:
        raise error

    return fail


def problem(response: func.HttpResponse) -> dict[str, object]:
    """The problem that an answer tells."""
    assert response.mimetype == "application/problem+json"
    told = json.loads(response.get_body())
    assert isinstance(told, dict)
    assert told["status"] == response.status_code
    return told


async def test_an_answer_is_json_that_nobody_keeps_or_guesses_about() -> None:
    response = await respond(request(), saying({"value": ["é"]}))
    assert (response.status_code, response.mimetype) == (200, "application/json")
    assert json.loads(response.get_body()) == {"value": ["é"]}
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_document_says_where_it_goes_on() -> None:
    document = Document(
        content=b"a", media_type="text/csv", file_name="findings.csv", next="/api/export?limit=1"
    )
    response = await respond(request(), saying(document))
    assert response.headers["Link"] == '</api/export?limit=1>; rel="next"'
    assert "Link" not in (await respond(request(), saying(replace(document, next=None)))).headers


async def test_an_sbom_says_that_it_is_one() -> None:
    response = await respond(request(), saying(b"{}"))
    assert (response.mimetype, response.get_body()) == ("application/vnd.cyclonedx+json", b"{}")


@pytest.mark.parametrize(
    "text", ["\x7f", "\x9b2J", "\u202egnp", "\u2028", "\U000e0001", "naïve 包"]
)
async def test_a_character_that_is_obeyed_is_sent_as_an_escape_of_itself(text: str) -> None:
    told = (await respond(request(), saying({text: [text]}))).get_body().decode()
    assert told.isprintable()
    assert json.loads(told) == {text: [text]}
    assert not text.isprintable() or text in told


@pytest.mark.parametrize("empty", [[], {}, "", 0, False])
async def test_what_is_empty_is_there(empty: Json) -> None:
    assert (await respond(request(), saying(empty))).status_code == 200


async def test_the_question_is_handed_on() -> None:
    async def echo(given: Mapping[str, str]) -> Json:
        return dict(given)

    response = await respond(request(limit="1"), echo)
    assert json.loads(response.get_body()) == {"limit": "1"}


async def test_what_is_not_there_is_a_404() -> None:
    assert problem(await respond(request(), saying(None)))["title"] == "Not Found"


async def test_a_refusal_is_a_problem_that_says_why() -> None:
    refusal = saying(Reply(status=HTTPStatus.CONFLICT, body="It was deleted."))
    told = problem(await respond(request("POST"), refusal))
    assert (told["status"], told["detail"]) == (409, "It was deleted.")


async def test_a_head_is_answered_as_a_get() -> None:
    assert (await respond(request("HEAD"), saying({}))).status_code == 200


async def test_a_question_that_makes_no_sense_is_a_400_that_says_why() -> None:
    told = problem(await respond(request(), failing(InvalidInput("limit must be a number"))))
    assert told == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "limit must be a number",
    }


@pytest.mark.parametrize("error", [StorageUnavailable("no answer"), Contended("12 times")])
async def test_while_storage_does_not_answer_one_may_try_again(error: Exception) -> None:
    response = await respond(request(), failing(error))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert problem(response)["title"] == "Service Unavailable"


@pytest.mark.parametrize("error", [CorruptLog("a hole"), ArtifactMissing("gone")])
async def test_what_a_retry_does_not_mend_is_a_500_that_tells_no_secret(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    told = problem(await respond(request(), failing(error)))
    assert (told["status"], told["title"]) == (500, "Internal Server Error")
    assert str(error) not in str(told)
    assert str(error) in caplog.text
    assert "secret" not in caplog.text


async def test_a_mistake_of_ours_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        await respond(request(), failing(ZeroDivisionError()))
