"""Route templates."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dev.host.templates import compile_template


@pytest.mark.parametrize(
    ("template", "path", "values"),
    [
        ("api/images", "/api/images", {}),
        ("api/images", "/API/Images/", {}),
        ("api/images", "/api/images/x", None),
        ("api/images", "/apix/images", None),
        ("images/{name}", "/images/Demo", {"name": "Demo"}),
        ("images/{name}", "/images/", None),
        ("images/{name}", "/images/a/b", None),
        ("images/{name}/{tag?}", "/images/a", {"name": "a"}),
        ("images/{name}/{tag?}", "/images/a/", {"name": "a"}),
        ("images/{name}/{tag?}", "/images/a/v1", {"name": "a", "tag": "v1"}),
        ("files/{*path}", "/files/a/b//c", {"path": "a/b//c"}),
        ("files/{**path}", "/files", {}),
        ("files/{*path}", "/filesystem", None),
        ("{name}.json", "/report.json", {"name": "report"}),
        ("{name}.json", "/report.xml", None),
        ("from-{a}-to-{b}", "/from-x-to-y", {"a": "x", "b": "y"}),
        ("n/{id:int}", "/n/-12", {"id": "-12"}),
        ("n/{id:int}", "/n/twelve", None),
        ("n/{id:int?}", "/n", {}),
        ("n/{id:guid}", "/n/512d38b6-c7b8-40c8-89fe-f46f9e9622b6", None),
        ("n/{id:bool}", "/n/True", {"id": "True"}),
        ("n/{id:alpha:length(3)}", "/n/abc", {"id": "abc"}),
        ("n/{id:alpha:length(3)}", "/n/ab1", None),
        ("n/{id:minlength(2)}", "/n/a", None),
        ("n/{id:maxlength(2)}", "/n/abc", None),
        ("a.b/{x}", "/aXb/1", None),
        ("x/{y}", "/x/a\nb", {"y": "a\nb"}),
    ],
)
def test_matches_as_aspnet_does(template: str, path: str, values: dict[str, str] | None) -> None:
    if "guid" in template:
        values = {"id": "512d38b6-c7b8-40c8-89fe-f46f9e9622b6"}
    assert compile_template(template).match(path) == values


@pytest.mark.parametrize(
    "template",
    [
        "",
        "a//b",
        "{",
        "a}b",
        "{a",
        "{}",
        "{a b}",
        "{a=1}",
        "{a}/{a}",
        "{a}/{A}",
        "{a?}/b",
        "{*a}/b",
        "x{a?}",
        "{a:regex(x)}",
        "{a:min(x)}",
        "{a:length(x)}",
    ],
)
def test_refuses_a_template_that_it_could_misread(template: str) -> None:
    with pytest.raises(ValueError, match=r"route|parameter|twice|last|own|constraint"):
        compile_template(template)


@pytest.mark.parametrize(
    "template",
    ["a/{b}/{c?}", "{a:int}/{b:guid}", "f/{*p}", "{a:minlength(5)}.{b:bool}", "{ab}/{a}/{abc}"],
)
def test_knows_a_path_that_fits_itself(template: str) -> None:
    compiled = compile_template(template)
    sample = compiled.sample()
    assert sample is not None
    assert compiled.match(sample) is not None


def test_knows_no_path_for_constraints_that_contradict_each_other() -> None:
    assert compile_template("{a:int:alpha}").sample() is None


SEGMENTS = st.text(st.characters(exclude_characters="/"), min_size=1)


@given(st.lists(SEGMENTS, min_size=1))
def test_a_catch_all_takes_every_path_whole(segments: list[str]) -> None:
    path = "/".join(segments)
    assert compile_template("f/{*p}").match(f"/f/{path}") == {"p": path}


@given(SEGMENTS, SEGMENTS)
def test_a_parameter_takes_every_segment_whole(first: str, second: str) -> None:
    values = compile_template("{a}/x/{b}").match(f"/{first}/x/{second}")
    assert values == {"a": first, "b": second}
