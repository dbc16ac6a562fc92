"""The ledger answers: what was charged, what was not and why, and what that adds up to."""

import csv
import io

import pytest

from core.errors import InvalidInput
from core.query.documents import harmless, sheet, wants_csv
from core.query.shapes import Json
from tests.support.desk import Desk
from tests.support.samples import SUBSCRIPTION, digest
from tests.support.wire import wire


@pytest.fixture
async def billed(app: Desk) -> Desk:
    """Two digests that were charged, and one whose scan ended while the plan was off."""
    for number in (1, 2):
        await app.push(number)
    await app.app.drain()
    app.sandboxes.patient = True
    await app.push(3)
    await app.app.drain()
    await app.app.services.plans.switch(SUBSCRIPTION, on=False, by="a test")
    await app.sandboxes.finish_all()
    await app.app.drain()
    return app


async def month_of(app: Desk) -> str:
    (bill, *_) = await app.bills()
    return str(bill["decided_at"])[:7]


async def ask(app: Desk, **more: str) -> dict[str, Json]:
    answer = wire(
        await app.app.services.answers.billing.month({"month": await month_of(app), **more})
    )
    assert isinstance(answer, dict)
    return answer


def lines(answer: dict[str, Json]) -> list[dict[str, Json]]:
    value = answer["value"]
    assert isinstance(value, list)
    return [line for line in value if isinstance(line, dict)]


async def test_every_digest_says_why_it_was_or_was_not_billed(billed: Desk) -> None:
    answer = await ask(billed)
    assert {
        one["digest"]: (one["billed"], one["reason"], one["amount"]) for one in lines(answer)
    } == {
        digest(1): (True, "billed", "0.01"),
        digest(2): (True, "billed", "0.01"),
        digest(3): (False, "plan-off", "0.00"),
    }
    assert answer["totals"] == [
        {"subscription": SUBSCRIPTION, "amount": "0.02", "billed": 2, "plan-off": 1}
    ]
    assert (answer["price"], answer["currency"]) == ("0.01", "USD")


async def test_lines_can_be_asked_for_by_reason_and_subscription_and_in_pages(billed: Desk) -> None:
    assert len(lines(await ask(billed, reason="billed"))) == 2
    assert len(lines(await ask(billed, subscription=SUBSCRIPTION.upper()))) == 3
    assert lines(await ask(billed, subscription="other")) == []
    first = await ask(billed, reason="billed", limit="1")
    token = str(first["continuationToken"])
    second = await ask(billed, reason="billed", limit="1", continuationToken=token)
    assert "continuationToken" not in second
    assert {one["digest"] for one in (*lines(first), *lines(second))} == {digest(1), digest(2)}


async def test_one_digest_can_be_asked_for_whatever_its_month(billed: Desk) -> None:
    billing = billed.app.services.answers.billing
    answer = wire(await billing.month({"digest": digest(3), "subscription": SUBSCRIPTION}))
    assert isinstance(answer, dict)
    assert [one["reason"] for one in lines(answer)] == ["plan-off"]
    assert wire(await billing.month({"digest": digest(9), "subscription": SUBSCRIPTION})) == {
        "value": []
    }
    with pytest.raises(InvalidInput, match="subscription"):
        wire(await billing.month({"digest": digest(3)}))


async def test_the_sheet_has_a_line_for_each(billed: Desk) -> None:
    document = await billed.app.services.answers.billing.sheet({"month": await month_of(billed)})
    rows = list(csv.DictReader(io.StringIO(document.content.decode())))
    assert sorted((row["digest"], row["billed"], row["reason"]) for row in rows) == [
        (digest(1), "true", "billed"),
        (digest(2), "true", "billed"),
        (digest(3), "false", "plan-off"),
    ]
    assert document.media_type.startswith("text/csv")
    assert document.file_name == f"pratique-billing-{await month_of(billed)}.csv"


@pytest.mark.parametrize(
    "asked", [{}, {"month": "2026-13"}, {"month": "2026-01", "reason": "because"}, {"x": "1"}]
)
async def test_a_question_that_makes_no_sense_is_refused(app: Desk, asked: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        wire(await app.app.services.answers.billing.month(asked))
    with pytest.raises(InvalidInput):
        await app.app.services.answers.billing.sheet(asked)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_a_cell_is_never_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    content = sheet(["name"], [[cell]], "x.csv").content.decode()
    assert next(csv.DictReader(io.StringIO(content, newline="")))["name"] == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "team/app", "a=b", "sha256:12", "0.01"])
def test_any_other_cell_stays_what_it_is(cell: str) -> None:
    assert harmless(cell) == cell


@pytest.mark.parametrize(
    ("given", "accept", "csv_wanted"),
    [
        ({}, None, False),
        ({}, "text/csv", True),
        ({}, "text/csv; q=1", True),
        ({}, "*/*", False),
        ({"format": "CSV"}, "application/json", True),
        ({"format": "json"}, "text/csv", False),
    ],
)
def test_a_sheet_comes_to_whoever_asks_for_one(
    given: dict[str, str], accept: str | None, csv_wanted: bool
) -> None:
    assert wants_csv(given, accept) is csv_wanted


def test_there_are_no_other_formats() -> None:
    with pytest.raises(InvalidInput, match="format"):
        wants_csv({"format": "xlsx"}, None)
