"""Documents that are none, or too large, are refused with what is wrong, before they cost much."""

import asyncio
import json
import tracemalloc
from collections.abc import Mapping

import pytest

from core.errors import InvalidInventory
from core.inventory import InventoryLimits, read

_HEAD = b'{"bomFormat":"CycloneDX","specVersion":"1.6",'


def _document(**fields: object) -> bytes:
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6"} | fields).encode()


def _library(name: str = "requests", **fields: object) -> Mapping[str, object]:
    return {"type": "library", "name": name, "purl": f"pkg:pypi/{name}@1.0"} | fields


@pytest.mark.parametrize(
    ("document", "wrong"),
    [
        (b"", "truncated"),
        (b"<bom/>", "malformed"),
        (b"null", "null"),
        (b"[]", "array"),
        (b'{"specVersion":"1.6"}', "bomFormat"),
        (_document(bomFormat="SPDX"), "bomFormat is 'SPDX'"),
        (_document(specVersion="1.3"), "specVersion is '1.3'"),
        (_document(specVersion="2.0"), "specVersion is '2.0'"),
        (_document(specVersion=1.6), "specVersion"),
        (_document(components={}), "components"),
        (_document(components=[None]), r"components\[0\]"),
        (_document(components=[{"type": "library"}]), "name"),
        (_document(components=[_library(purl=7)]), "purl"),
        (_HEAD + b'"components":[{"type":"library","name":"\xff"}]}', "utf-8"),
        (_HEAD + rb'"components":[{"type":"library","name":"\ud800 alone"}]}', "surrogate"),
        (_HEAD + b'"components":[]} and more', "trailing"),
        (_HEAD + b'"components":[', "truncated"),
    ],
)
def test_what_is_no_cyclonedx_is_refused_with_the_reason(document: bytes, wrong: str) -> None:
    with pytest.raises(InvalidInventory, match=wrong):
        read(document)


@pytest.mark.parametrize("version", ["1.4", "1.5", "1.6", "1.7"])
def test_cyclonedx_1_4_to_1_7_is_read(version: str) -> None:
    document = _document(specVersion=version, components=[_library()])
    assert [package.name for package in read(document).packages] == ["requests"]


@pytest.mark.parametrize(
    "tools",
    [
        [{"vendor": "anchore", "name": "syft", "version": "0.70.0"}],
        {"components": [{"type": "application", "name": "syft", "version": "0.70.0"}]},
    ],
)
def test_the_tool_is_named_in_the_old_form_and_in_the_new(tools: object) -> None:
    inventory = read(_document(metadata={"tools": tools}))
    assert (inventory.tool, inventory.tool_version) == ("syft", "0.70.0")


def test_a_document_that_names_no_tool_is_read() -> None:
    assert read(_document()).tool == ""


def test_200_megabytes_are_refused_by_their_length() -> None:
    with pytest.raises(InvalidInventory, match=r"200,000,000 bytes; at most 67,108,864"):
        read(bytes(200_000_000))


def test_a_million_components_are_refused_without_being_built() -> None:
    component = b'{"type":"library","name":"a"},'
    document = _HEAD + b'"components":[' + component * 1_000_000 + b"]}"
    tracemalloc.start()
    try:
        with pytest.raises(InvalidInventory, match=r"1,000,001 JSON objects"):
            read(document)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_one_component_too_many_is_refused() -> None:
    limits = InventoryLimits(components=3)
    three = [_library(f"p{number}") for number in range(3)]
    assert len(read(_document(components=three), limits).packages) == 3
    with pytest.raises(InvalidInventory, match="more than 3 components"):
        read(_document(components=[*three, _library()]), limits)


def test_nested_components_count_towards_the_limit() -> None:
    nested = _library("outer", components=[_library("inner")])
    assert {package.name for package in read(_document(components=[nested])).packages} == {
        "outer",
        "inner",
    }
    with pytest.raises(InvalidInventory, match="more than 1 components"):
        read(_document(components=[nested]), InventoryLimits(components=1))


def _nested(levels: int) -> bytes:
    opening = b'{"type":"library","name":"a","components":['
    return _HEAD + b'"components":[' + opening * levels + b"]}" * levels + b"]}"


def test_components_nest_ten_levels_deep_and_no_more() -> None:
    assert read(_nested(10)).unidentified == 10
    with pytest.raises(InvalidInventory, match="nested more than 10 levels"):
        read(_nested(11))


_TOO_DEEP = {
    "components": _nested(10_000),
    "arrays": _HEAD + b'"x":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "objects": _HEAD + b'"x":' + b'{"x":' * 10_000 + b"1" + b"}" * 10_000 + b"}",
    "a million open arrays": _HEAD + b'"x":' + b"[" * 1_000_000,
}


@pytest.mark.parametrize("shape", _TOO_DEEP)
async def test_ten_thousand_levels_are_refused_and_do_not_end_the_process(shape: str) -> None:
    with pytest.raises(InvalidInventory, match="nested"):
        read(_TOO_DEEP[shape])
    with pytest.raises(InvalidInventory, match="nested"):
        await asyncio.to_thread(read, _TOO_DEEP[shape])


@pytest.mark.parametrize(
    "component",
    [
        _library("a" * 5_000),
        _library(version="1" * 5_000),
        _library(purl="pkg:pypi/" + "a" * 5_000),
        _library(properties=[{"name": "aquasecurity:trivy:SrcName", "value": "a" * 5_000}]),
        {"type": "operating-system", "name": "a" * 5_000},
    ],
)
def test_a_text_longer_than_any_honest_one_is_refused(component: Mapping[str, object]) -> None:
    with pytest.raises(InvalidInventory, match=r"5,0.. characters"):
        read(_document(components=[component]))


def test_the_text_of_what_is_not_used_may_be_long() -> None:
    component = _library(
        description="a" * 5_000, properties=[{"name": "other", "value": "a" * 5_000}]
    )
    assert len(read(_document(components=[component])).packages) == 1
