"""Which function a request is for."""

import pytest

from dev.host.bindings import Function, HttpTrigger, TimerTrigger
from dev.host.errors import AppRefused
from dev.host.routes import Route, decode_path, routes


def http(name: str, route: str, *methods: str) -> Function:
    return Function(
        name=name, id=name, trigger=HttpTrigger(name="req", route=route, methods=methods)
    )


def found(made: tuple[Route, ...], method: str, path: str) -> str | None:
    return next((one.function.name for one in made if one.match(method, path) is not None), None)


def test_only_http_functions_have_routes() -> None:
    timer = Function(name="t", id="t", trigger=TimerTrigger(name="t", schedule="0 * * * * *"))
    assert [one.function.name for one in routes([timer, http("h", "h")], "api")] == ["h"]


def test_a_function_without_a_route_is_reached_by_its_name() -> None:
    assert found(routes([http("list_images", "")], "api"), "GET", "/api/list_images")


def test_the_prefix_may_be_empty() -> None:
    assert found(routes([http("images", "images")], ""), "GET", "/images") == "images"


def test_methods_tell_functions_on_one_route_apart() -> None:
    made = routes([http("add", "rules", "post"), http("list", "rules", "GET")], "api")
    assert found(made, "GET", "/api/rules") == "list"
    assert found(made, "POST", "/api/rules") == "add"
    assert found(made, "PUT", "/api/rules") is None


def test_the_first_name_wins_where_two_routes_match_as_in_azure() -> None:
    made = routes([http("a", "images/{id:int}"), http("b", "images/{name}")], "api")
    assert found(made, "GET", "/api/images/7") == "a"
    assert found(made, "GET", "/api/images/demo") == "b"


def test_a_literal_route_that_a_parameter_would_take_first_is_refused() -> None:
    with pytest.raises(AppRefused, match=r"Function list .* can never be reached: details"):
        routes([http("details", "products/{id}"), http("list", "products/list")], "api")


def test_a_catch_all_may_come_last_but_not_first() -> None:
    routes([http("api", "images"), http("zzz_page", "{*path}")], "api")
    with pytest.raises(AppRefused, match="never be reached"):
        routes([http("page", "{*path}"), http("rules", "rules")], "api")


def test_a_route_is_not_hidden_when_it_has_a_method_of_its_own() -> None:
    routes([http("details", "products/{id}", "GET"), http("list", "products/list", "POST")], "api")


def test_the_same_route_twice_is_refused() -> None:
    with pytest.raises(AppRefused, match="Functions a and b have the same route"):
        routes([http("a", "images/"), http("b", "Images", "GET")], "api")


@pytest.mark.parametrize("route", ["admin", "admin/rules", "Administrators", "runtime/x"])
def test_the_hosts_own_routes_are_refused_even_under_the_prefix(route: str) -> None:
    with pytest.raises(AppRefused, match="conflicts with built-in routes"):
        routes([http("f", route)], "api")


def test_a_malformed_template_is_refused_with_the_functions_name() -> None:
    with pytest.raises(AppRefused, match=r"Function f, route 'a/\{b'"):
        routes([http("f", "a/{b")], "api")


@pytest.mark.parametrize(
    ("raw", "decoded"),
    [
        ("/api/a%20b", "/api/a b"),
        ("/api/team%2Fapp", "/api/team%2Fapp"),
        ("/api/team%2fapp", "/api/team%2Fapp"),
        ("/api/%C3%A9", "/api/é"),
        ("/api/%ff", "/api/\ufffd"),
        ("/api/100%", "/api/100%"),
    ],
)
def test_escapes_are_decoded_but_for_the_slash(raw: str, decoded: str) -> None:
    assert decode_path(raw) == decoded
