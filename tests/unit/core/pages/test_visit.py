"""A visit's addresses: the moment goes along everywhere, and comes off with one of them."""

from datetime import UTC, datetime

from core.domain.values import ImageName
from core.pages.visit import Visit

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
THEN = "2026-11-21T08:30:00Z"


def visit(path: str = "/images", **asked: str) -> Visit:
    """A look at that page."""
    return Visit(path=path, asked=asked, now=NOW)


def test_the_moment_goes_along_in_every_link() -> None:
    then = visit(asOf=THEN)
    app = ImageName(registry="r.io", repository="team/app", digest="sha256:1")
    assert then.to("/rules") == "/rules?asOf=2026-11-21T08%3A30%3A00Z"
    assert then.image(app, "sha256:1") == (
        "/images/r.io/team/app/sha256:1?asOf=2026-11-21T08%3A30%3A00Z"
    )
    assert visit().to("/rules") == "/rules"


def test_one_address_comes_back_to_now_and_keeps_what_was_asked() -> None:
    assert visit(asOf=THEN, health="Unhealthy").back == "/images?health=Unhealthy"


def test_another_question_begins_its_list_anew() -> None:
    assert visit(after="abc", health="Healthy").but(health=None) == "/images"
    assert visit(health="Healthy").but(after="abc") == "/images?health=Healthy&after=abc"


def test_a_day_is_one_step_and_the_last_step_is_now() -> None:
    then = visit(asOf=THEN)
    assert then.earlier.endswith("asOf=2026-11-20T08%3A30%3A00Z")
    assert then.later.endswith("asOf=2026-11-22T08%3A30%3A00Z")
    assert visit(asOf="2026-11-22T08:30:00Z").later == "/images"


def test_the_date_control_works_without_a_script_and_never_leads_to_the_future() -> None:
    assert visit(local="2026-11-20T10:00").local == "/images?asOf=2026-11-20T10%3A00%3A00Z"
    assert visit(local="2027-01-01T00:00").local == "/images?asOf=2026-11-22T12%3A00%3A00Z"
    assert visit(local="yesterday", tag="v1").local == "/images?tag=v1"
    assert visit(local="2026-13-40T10:00").local == "/images"
    assert visit().local is None


def test_names_are_escaped_in_addresses() -> None:
    hostile = ImageName(registry="r.io", repository='"><script>', digest="sha256:1")
    assert visit().image(hostile, "sha256:1") == "/images/r.io/%22%3E%3Cscript%3E/sha256:1"
