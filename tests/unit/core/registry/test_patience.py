"""Patience ends: after its tries, at its deadline, or at once where waiting is of no use."""

from datetime import UTC, datetime

import pytest

from core.errors import NotFound, RegistryUnavailable, Throttled, UntrustedContent
from core.registry.patience import Patience, retry_after

NOW = datetime(2026, 11, 20, 10, 0, 0, tzinfo=UTC)
QUICK = Patience(tries=4, first_pause=0.001, longest_pause=0.01)


class Attempt:
    """Fails as it is told, then works."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.tries = 0

    async def __call__(self) -> str:
        self.tries += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


def busy(seconds: float) -> Throttled:
    return Throttled("busy", retry_after=seconds)


async def test_it_tries_until_it_works() -> None:
    attempt = Attempt(RegistryUnavailable("a"), busy(0), NotFound("b"))
    assert await QUICK.insist(attempt, within=30, even_if_missing=True) == "done"
    assert attempt.tries == 4


async def test_it_gives_up_after_its_tries_with_the_last_error() -> None:
    attempt = Attempt(*(RegistryUnavailable(str(n)) for n in range(10)))
    with pytest.raises(RegistryUnavailable, match="3"):
        await QUICK.insist(attempt, within=30)
    assert attempt.tries == 4


@pytest.mark.parametrize("error", [NotFound("a"), UntrustedContent("b"), busy(0.02), busy(3600)])
async def test_it_does_not_try_again_where_that_is_of_no_use(error: Exception) -> None:
    attempt = Attempt(error)
    with pytest.raises(type(error)):
        await QUICK.insist(attempt, within=30)
    assert attempt.tries == 1


async def test_it_does_not_pause_beyond_its_deadline() -> None:
    attempt = Attempt(busy(5))
    with pytest.raises(Throttled):
        await Patience(longest_pause=60).insist(attempt, within=1)
    assert attempt.tries == 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0),
        ("120", 120),
        ("9" * 5000, 999_999_999),
        ("Fri, 20 Nov 2026 10:00:30 GMT", 30),
        ("Fri, 20 Nov 2026 10:00:30 -0000", 30),
        ("Fri, 20 Nov 2026 12:00:30 +0200", 30),
        ("Fri, 20 Nov 2026 09:00:00 GMT", 0),
        ("Fri, 99 Nov 2026 09:00:00 GMT", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds
