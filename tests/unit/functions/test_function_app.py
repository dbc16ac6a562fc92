"""The app is indexed by Azure's own library with the functions that infrastructure relies on."""

import logging
import runpy
from collections.abc import Mapping
from pathlib import Path

import pytest

from core.errors import ConfigurationError
from core.processes.dispatch import QUEUES
from dev.host.bindings import Function, HttpTrigger
from dev.host.routes import routes
from functions.addresses import ROOT, address
from functions.bootstrap import services
from functions.http import METHODS
from functions.routes import ROUTES

HTTP = {
    "image_list": "images",
    "image_one": "images/{*path}",
    "export": "export",
    "finding_list": "findings",
    "advisories": "advisories",
    "attention": "attention",
    "changes": "changes",
    "repository_list": "repositories",
    "search": "search",
    "tag_history": "tags",
    "trend": "trend",
    "billing_month": "billing",
    "manage_projection_list": "manage/projections",
    "manage_projection_one": "manage/projections/{name}",
    "manage_projection_cancel": "manage/projections/{name}/rebuild/cancel",
    "manage_projection_rebuild": "manage/projections/{name}/rebuild",
    "manage_projection_retry": "manage/projections/{name}/retry",
    "manage_projection_skip": "manage/projections/{name}/skip",
    "plan_list": "plans",
    "plan_one": "plans/{subscription}",
    "registry_list": "registries",
    "registry_sweep": "registries/{name}/reconcile",
    "score": "score",
    "resource_graph": "providers/Microsoft.ResourceGraph/resources",
    "security": "subscriptions/{*path}",
    "recommendation_list": "recommendations",
    "summary": "summary",
    "rules_apply": "rules/apply",
    "rules_import": "rules/import",
    "rule_list": "rules",
    "rules_history": "rules/history",
    "rules_effect": "rules/preview",
    "rules_one": "rules/{rule}",
    "gate": "gate",
    "whatif": "whatif",
    "health": "health",
    "health_operations": "health/operations",
    "openapi": "openapi.json",
}
"""Functions by name, and their routes."""

PAGES = {
    "page_overview": ROOT,
    "page_asset": "assets/{name}",
    "page_attention": "attention",
    "page_billing": "billing",
    "page_billing_sheet": "billing/sheet",
    "page_changes": "changes",
    "page_image_list": "images",
    "page_image_one": "images/{*path}",
    "page_operations": "operations",
    "page_package": "packages",
    "page_plan": "registries/plans/{subscription}",
    "page_cancel": "operations/{name}/cancel",
    "page_rebuild": "operations/{name}/rebuild",
    "page_registries": "registries",
    "page_retry": "operations/{name}/retry",
    "page_skip": "operations/{name}/skip",
    "page_rule_new": "rules/new",
    "page_rule_preview": "rules/preview",
    "page_rule_removal": "rules/{name}/remove",
    "page_rule_set": "rules/set",
    "page_rule_written": "rules/{name}",
    "page_rules": "rules",
    "page_search": "search",
    "page_sign_in": "sign-in",
    "page_sign_out": "sign-out",
    "page_tag": "tags",
    "page_trend": "trend",
    "page_vulnerability": "vulnerabilities/{*id}",
}
"""Pages by name, and their routes."""

OPEN_PAGES = {"page_asset", "page_sign_in", "page_sign_out"}
"""Those that hold nothing of anybody's."""

LISTENING = {
    "project": "hints",
    "rebuild": "rebuilds",
    "start_pushed": "scan-push",
    "sweep_registry": "reconcile",
    "start_rescans": "scan-rescan",
    "take_report": "sandbox-reports",
    "tell": "notices",
    "apply_rules": "rules",
}
"""Functions by name, and their queues."""

TIMERS = {
    "archive",
    "discover",
    "keep_images",
    "pulls",
    "measure",
    "measure_coverage",
    "reassess",
    "reconcile",
    "refresh_advisories",
    "rescan",
    "rules_due",
    "sweep",
    "tell_waiting",
    "tidy",
    "watch",
}


type Triggers = Mapping[str, Mapping[str, Mapping[str, object]]]
"""Triggers by kind, each by its function's name."""


@pytest.fixture(scope="module")
def triggers() -> Triggers:
    """What Azure's library finds. An app can be indexed once, so this one is of our own."""
    path = Path(__file__).parents[3] / "function_app.py"
    app = runpy.run_path(str(path))["app"]
    found: dict[str, dict[str, Mapping[str, object]]] = {}
    for function in app.get_functions():
        for binding in function.get_bindings():
            described = binding.get_dict_repr()
            kind = str(described["type"])
            if kind.endswith("Trigger"):
                found.setdefault(kind, {})[str(function.get_function_name())] = described
    return found


def test_questions_have_their_routes_and_take_every_method(triggers: Triggers) -> None:
    asked = triggers["httpTrigger"]
    assert {name: one["route"] for name, one in asked.items()} == {
        **{name: f"api/{route}" for name, route in HTTP.items()},
        **PAGES,
    }
    for one in asked.values():
        methods = one["methods"]
        assert isinstance(methods, (list, tuple))
        assert [getattr(method, "value", method) for method in methods] == list(METHODS)


def test_no_route_exists_that_does_not_say_who_may_use_it(triggers: Triggers) -> None:
    assert {name: one["route"] for name, one in triggers["httpTrigger"].items()} == {
        name: address(one.path) for name, one in ROUTES.items()
    }


@pytest.mark.usefixtures("triggers")
def test_only_whether_the_app_lives_and_what_it_answers_is_open() -> None:
    opened = {one.name for one in ROUTES.values() if None in one.needs.values()}
    assert opened == {"health", "openapi", *OPEN_PAGES}


def test_where_only_a_form_is_taken_a_look_leads_to_the_page_that_the_form_stands_on() -> None:
    """Whoever signs in again on the way is brought to the form's own address."""
    readable = {made.path for made in ROUTES.values() if "GET" in made.needs}
    forms = [made for made in ROUTES.values() if made.path[0] == "/" and "GET" not in made.needs]
    assert len(forms) > 5
    assert {made.stands_on for made in forms} <= readable


def test_the_host_can_reach_every_route(triggers: Triggers) -> None:
    """The host tries functions in the order of their names, so a route may hide another."""
    functions = [
        Function(name=name, id=name, trigger=HttpTrigger(name="request", route=str(one["route"])))
        for name, one in sorted(triggers["httpTrigger"].items(), key=lambda one: one[0].upper())
    ]
    assert len(routes(functions, "")) == len(functions)


def test_the_host_asks_for_no_key_since_the_app_asks_for_tokens(triggers: Triggers) -> None:
    levels = [one["authLevel"] for one in triggers["httpTrigger"].values()]
    assert {getattr(level, "value", level) for level in levels} == {"anonymous"}


def test_every_queue_is_listened_to(triggers: Triggers) -> None:
    listening = triggers["queueTrigger"]
    assert {name: one["queueName"] for name, one in listening.items()} == LISTENING
    assert set(LISTENING.values()) == set(QUEUES)
    assert {one["connection"] for one in listening.values()} == {"AzureWebJobsStorage"}


def test_timers_and_events_are_there(triggers: Triggers) -> None:
    timers = triggers["timerTrigger"]
    assert set(timers) == TIMERS
    assert all(len(str(one["schedule"]).split()) == 6 for one in timers.values())
    assert set(triggers["eventGridTrigger"]) == {"registry_events"}


async def test_what_is_missing_is_said_to_everybody_who_asks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("AzureWebJobsStorage", raising=False)
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="AzureWebJobsStorage"):
            await services()


def test_what_the_app_logs_is_one_line_an_entry(caplog: pytest.LogCaptureFixture) -> None:
    runpy.run_path(str(Path(__file__).parents[3] / "function_app.py"))
    logging.getLogger("anything").warning("a\r\nforged\x1b[2J")
    assert caplog.messages == ["a forged\ufffd[2J"]
