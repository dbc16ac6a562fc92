"""One image's way from the push to its verdict, as far as it can be seen from outside."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.domain.values import Freshness, Health
from dev.demo.api import Image


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An image that the demo pushes."""

    name: str
    """What people see."""
    source: str
    """Where skopeo finds it."""
    repository: str
    tag: str
    expected: Health | None
    """The verdict that must come out; `None` takes any."""


class Step(StrEnum):
    """Where it is."""

    PUSHING = "pushing"
    PUSHED = "pushed"
    """The registry has it."""
    REQUESTED = "requested"
    """The app knows that it must be scanned."""
    SCANNING = "scanning"
    INVENTORIED = "inventoried"
    """Its packages are known; for an index, its images."""
    VERDICT = "verdict"


STEPS = tuple(Step)


LEFT_OUT = "left-out"
"""The cause of an image that was scanned to the end and yet has no verdict: part of it could not
be compared."""


@dataclass(slots=True)
class Journey:
    """A subject under way: what is known of it now."""

    subject: Subject
    digest: str | None = None
    pushed_at: float = 0.0
    """When the registry had it, in seconds of the monotonic clock."""
    image: Image | None = None
    """As the API showed it last."""
    step: Step = Step.PUSHING
    seconds: float | None = None
    """From `pushed_at` to the first answer that showed the final state; `None` until then."""

    def arrive(self, digest: str, now: float) -> None:
        """The registry has it."""
        self.digest, self.pushed_at, self.step = digest, now, Step.PUSHED

    def see(self, images: Sequence[Image], now: float) -> None:
        """The API showed all images of the repository."""
        if self.digest is None or self.seconds is not None:
            return
        by_digest = {image.digest: image for image in images}
        self.image = by_digest.get(self.digest)
        self.step = step_of(self.image, by_digest)
        if self.step is Step.VERDICT:
            self.seconds = now - self.pushed_at

    @property
    def good(self) -> bool:
        """Whether it ended as it should."""
        if self.seconds is None or self.image is None:
            return False
        if self.subject.expected is None:
            return self.image.health is not Health.UNSCANNED or self.image.cause == LEFT_OUT
        return self.image.health is self.subject.expected


def step_of(image: Image | None, siblings: dict[str, Image]) -> Step:
    """Where an image is. An index has its verdict when each of its images has."""
    if image is None:
        return Step.PUSHED
    stage = image.scan.stage if image.scan else "waiting"
    match stage:
        case "waiting":
            return Step.REQUESTED
        case "running":
            return Step.SCANNING
        case "inventoried":
            return Step.INVENTORIED
        case _ if all(
            child.health is not Health.UNSCANNED or _ended(siblings.get(child.digest))
            for child in image.children or ()
        ):
            return Step.VERDICT
        case _:
            return Step.INVENTORIED


def _ended(image: Image | None) -> bool:
    """Whether there is no verdict to wait for: its scan failed, or left something out."""
    return image is not None and (image.freshness is Freshness.FAILED or image.cause == LEFT_OUT)
