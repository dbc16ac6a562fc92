"""Images as they can come to be: by commands of which many fit the state that they meet.

Drawing a command from a strategy made for each state is slow, so a step is drawn as four small
numbers, and becomes a command when it meets an image.
"""

from collections.abc import Callable, Sequence

from hypothesis import strategies as st

from core.domain import events as e
from core.domain.image import IMAGE, Command, Image
from core.domain.values import FailureCause, Health, NotApplicableCause
from tests.support.images import (
    BAD,
    CLEAN,
    HEALTHY,
    INDEX,
    RUNNING,
    UNHEALTHY,
    adopt,
    apply_rules,
    assess,
    child,
    delete,
    fail,
    finish,
    inventory,
    lose,
    not_applicable,
    present,
    pull,
    push,
    read_index,
    reassess,
    remove,
    request,
    start,
    withdraw,
)

type Step = tuple[int, int, int, int]
"""Which kind of command, and three numbers for its fields."""

type Past = tuple[Sequence[Command], list[Step]]
"""How an image began, and the steps that followed."""

BEGINNINGS: Sequence[Sequence[Command]] = ((), RUNNING, HEALTHY, UNHEALTHY, INDEX)
LARGEST: Step = (20, 7, 7, 30)

step = st.tuples(*(st.integers(0, number) for number in LARGEST))
pasts = st.tuples(st.sampled_from(BEGINNINGS), st.lists(step, max_size=10))


def _of(image: Image, number: int) -> int:
    """A scan's ordinal: usually that of the image's latest."""
    return number if number in (1, 2) else max(image.scans, 1)


def _attempt(image: Image, number: int) -> int:
    """An attempt: usually the one under way."""
    return number if number in (0, 1, 2) or image.scan is None else image.scan.attempt


def _next(image: Image, number: int) -> int:
    """An attempt: usually the next."""
    return number if number == 1 or image.scan is None else image.scan.attempt + 1


def _lows(image: Image, number: int) -> int:
    """So many findings of low severity, or as many as there are."""
    return min(number, image.assessment.counts.low) if image.assessment else number


def _found(image: Image, number: int) -> int:
    """The version by whose advisories something was found: usually the last."""
    return number % 4 if number % 3 == 0 else image.advisories_version


_SOURCES, _REASONS, _PRIORITIES = tuple(e.Source), tuple(e.ScanReason), tuple(e.Priority)
_CAUSES, _NOT_APPLICABLE = tuple(FailureCause), tuple(NotApplicableCause)
_HEALTHS, _TAGS, _COUNTS = tuple(Health), ("a", "latest", None), (CLEAN, BAD)

_KINDS: tuple[Callable[[Image, int, int, int], Command], ...] = (
    lambda _, a, b, m: push(m, _TAGS[a % 3], source=_SOURCES[b % 4]),
    lambda _, a, b, m: delete(m),
    lambda _, a, b, m: pull(m % 4),
    lambda _, a, b, m: lose(("a", "latest")[a % 2], m, to=2 + b % 4),
    lambda _, a, b, m: adopt(8 + a % 2, minute=m),
    lambda _, a, b, m: request(_REASONS[a % 7], _PRIORITIES[b % 2], m % 4),
    lambda i, a, b, m: start(_next(i, a), of=_of(i, b), minute=m),
    lambda i, a, b, m: inventory(_attempt(i, a), of=_of(i, b)),
    lambda i, a, b, m: assess(_COUNTS[a % 2], of=_of(i, b), version=m % 4),
    lambda _, a, b, m: reassess(_COUNTS[a % 2], version=m % 5, bom=1 + b // 7),
    lambda i, a, b, m: finish(_COUNTS[m % 2], attempt=_attempt(i, a), of=_of(i, b), version=m % 4),
    lambda i, a, b, m: finish(_COUNTS[m % 2], attempt=_attempt(i, a), of=_of(i, b), version=m % 4),
    lambda i, a, b, m: fail(_CAUSES[m % 10], _attempt(i, a), of=_of(i, b), retry=m),
    lambda i, a, b, m: fail(FailureCause.TIMEOUT, _attempt(i, a), of=_of(i, b), retry=m),
    lambda i, a, b, m: not_applicable(_NOT_APPLICABLE[m % 5], attempt=_attempt(i, a), of=_of(i, b)),
    lambda i, a, b, m: read_index(2, 3, attempt=_attempt(i, a), of=_of(i, b)),
    lambda _, a, b, m: present(m, _TAGS[a % 3], source=_SOURCES[1 + b % 2], wanted=b % 3 > 0),
    lambda _, a, b, m: remove(("a", "latest")[a % 2], m),
    lambda i, a, b, m: withdraw(of=_of(i, b)),
    lambda i, a, b, m: apply_rules(version=a % 3, findings=_found(i, m), lows=_lows(i, b % 3)),
    lambda _, a, b, m: child(2 + a % 2, _HEALTHS[b % 4], m, _COUNTS[m % 2]),
)


def command_at(image: Image, step: Step) -> Command:
    """What a step asks of that image."""
    kind, a, b, minute = step
    return _KINDS[kind % len(_KINDS)](image, a, b, minute)


def live(past: Past) -> tuple[list[e.ImageEvent], Image]:
    """The events of an image with that past, and the image."""
    beginning, steps = past
    image, history = IMAGE.initial, list[e.ImageEvent]()
    for one in [*beginning, *steps]:
        command = command_at(image, one) if isinstance(one, tuple) else one
        events = IMAGE.decide(image, command)
        history += events
        image = IMAGE.fold(image, events)
    return history, image
