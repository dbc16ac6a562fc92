"""The page of the fleet's places: why a registry is not scanned, which repositories are listed."""

from datetime import UTC, datetime

from core.answers.catalogue import Repositories, Repository
from core.answers.fleet import HealthCounts
from core.answers.plans import Registry
from core.domain.values import SeverityCounts
from core.pages.registries import LISTED, Places
from core.pages.rendering import render
from core.pages.visit import Visit

NOW = datetime(2026, 11, 22, tzinfo=UTC)
VISIT = Visit(path="/registries", now=NOW, name="ada (1)", administrator=True)


def test_a_registry_that_is_not_scanned_says_why() -> None:
    registry = Registry(
        id="/r",
        name="r",
        subscription="one",
        login_server="r.io",
        location=None,
        scanned=False,
        supported=False,
        reason="firewalled",
        message=None,
    )
    page = Places(plans=(), registries=(registry,), repositories=Repositories(value=[], total=0))
    shown = render("registries.html", visit=VISIT, page=page).decode()
    assert "not supported" in shown
    assert "lets nobody in through its firewall" in shown


def repository(number: int) -> Repository:
    """One of many."""
    return Repository(
        subscription="one",
        registry="r.io",
        repository=f"team/app-{number:03d}",
        images=1,
        health=HealthCounts(healthy=0, unhealthy=1, not_applicable=0, unscanned=0),
        findings=SeverityCounts(low=1),
        pushed_at="2026-11-22T00:00:00.000000Z",
    )


def test_the_worst_repositories_are_listed_and_others_are_said_to_be_there() -> None:
    for count, others in ((LISTED, False), (LISTED + 1, True)):
        found = Repositories(value=[repository(one) for one in range(count)], total=count)
        page = Places(plans=(), registries=(), repositories=found)
        shown = render("registries.html", visit=VISIT, page=page).decode()
        assert shown.count(">team/app-") == LISTED
        assert (f"The {LISTED} with most that is unhealthy" in shown) is others
