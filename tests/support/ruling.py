"""Rules for stories: set and taken back as people do, and applied as the app does."""

from datetime import datetime

from core.domain.criteria import Criteria
from core.rules.applying import Applied
from core.rules.desk import Done
from core.rules.reading import Draft
from tests.support.desk import Desk
from tests.support.samples import SUBSCRIPTION, at, digest
from tests.support.sandboxes import VULNERABLE

ZLIB_IS_FINE = Criteria(vulnerabilities=("CVE-2026-1",))
"""Disables the one finding of an image that is `VULNERABLE`."""
OF_ANOTHER = Criteria(vulnerabilities=("CVE-2026-1",), repositories=("*/another/*",))
"""Touches no image of the stories."""


async def scanned(app: Desk, *numbers: int) -> Desk:
    """The app with those images, all vulnerable."""
    for number in numbers:
        app.sandboxes.brings[digest(number)] = VULNERABLE
        await app.push(number)
    await app.app.drain()
    return app


async def rule(
    app: Desk,
    name: str = "zlib",
    criteria: Criteria = ZLIB_IS_FINE,
    *,
    expires: datetime | None = None,
) -> None:
    """Somebody sets a rule; nobody has acted on it yet."""
    draft = Draft(criteria=criteria, reason="It is not reachable.", expires=expires)
    done = await app.app.services.ruling.desk.put(SUBSCRIPTION, name, draft, by="ada", now=at(0))
    assert isinstance(done, Done)


async def apply(app: Desk, *, now: datetime | None = None) -> Applied:
    """The timers look."""
    await app.app.services.following.runner.sweep()
    return await app.app.services.ruling.applier.run(now=now or at(1))
