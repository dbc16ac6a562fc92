"""What counts in images: read once for all that have the same, and less what rules disable."""

from core.query.names import CountedNames, Named
from core.query.parameters import AS_OF, Parameters
from core.rules.subjects import Judged, judged_of
from tests.faults.storage import Calls, InterceptedArtifacts
from tests.support.desk import Desk
from tests.support.ruling import apply, rule
from tests.support.samples import digest
from tests.support.sandboxes import VULNERABLE


async def judged(app: Desk) -> list[Judged]:
    """The images as their view shows them."""
    now = Parameters({}, known=frozenset({AS_OF}))
    return [judged_of(row) for row in await app.app.services.answers.catalogue.images(now)]


async def test_what_images_have_in_common_is_read_once_and_rules_count(app: Desk) -> None:
    app.sandboxes.brings |= {digest(1): VULNERABLE, digest(2): VULNERABLE}
    await app.push(1)
    await app.push(2)
    await app.app.drain()
    calls = Calls()
    names = CountedNames(InterceptedArtifacts(app.account.artifacts, calls))
    images = await judged(app)
    found = (Named(id="CVE-2026-1", cves=("CVE-2026-1",)),)
    assert await names.of(images) == await names.of(images) == [found, found]
    assert calls.take() == ["get artifact"]
    await rule(app)
    await apply(app)
    await app.app.drain()
    assert await names.of(await judged(app)) == [(), ()]
