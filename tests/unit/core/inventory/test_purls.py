"""The pattern that takes plain purls apart must not mean anything else than the library does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL

from core.inventory.purls import PLAIN, Purl, parse

_types = st.sampled_from(["apk", "deb", "golang", "npm", "pypi", "rpm", "generic", "maven"])
_text = st.text("abyz019.-+_~:%@ABC/ é", max_size=8)
_escapes = st.sampled_from(["%2B", "%3A1", "1%7E2", "glibc%402.36", "a%00", "%C3"])
_escaped = st.one_of(_text, _escapes)


@st.composite
def _purl_like(draw: st.DrawFn) -> str:
    namespace = draw(st.lists(_text, max_size=3))
    path = "/".join([*namespace, draw(_text)])
    version = draw(st.one_of(st.just(""), _escaped.map("@{}".format)))
    keys = st.sampled_from(["arch", "distro", "epoch", "upstream", "Arch", "x_y"])
    pairs = draw(st.lists(st.tuples(keys, _escaped), max_size=3))
    qualifiers = "&".join(f"{key}={value}" for key, value in pairs)
    return f"pkg:{draw(_types)}/{path}{version}" + (f"?{qualifiers}" if qualifiers else "")


def _by_library(text: str) -> Purl | None:
    try:
        purl = PackageURL.from_string(text)
    except ValueError:
        return None
    return Purl(
        purl.type,
        purl.namespace or None,
        purl.name,
        purl.version or None,
        purl.qualifiers,
        purl.subpath or None,
    )


@given(st.from_regex(PLAIN, fullmatch=True))
def test_a_plain_purl_means_what_the_library_says(text: str) -> None:
    assert parse(text) == _by_library(text)


@given(_purl_like())
def test_any_purl_means_what_the_library_says(text: str) -> None:
    assert parse(text) == _by_library(text)


@pytest.mark.parametrize(
    "text",
    [
        "pkg:deb/debian/bsdutils@2.38.1-5%2Bdeb12u3?arch=amd64&distro=debian-12.15&epoch=1",
        "pkg:deb/debian/bash@5.2.15-2%2Bb13?arch=amd64&distro=debian-12&upstream=bash%405.2.15-2",
        "pkg:deb/debian/zlib1g@1:1.2.13.dfsg-1?arch=amd64&upstream=zlib",
        "pkg:apk/alpine/musl@1.2.4_git20230717-r4?arch=x86_64&distro=3.19.1",
        "pkg:golang/golang.org/x/text@v0.3.7",
        "pkg:pypi/requests@2.25.1",
    ],
)
def test_usual_purls_take_the_short_way_and_mean_the_same(text: str) -> None:
    assert PLAIN.fullmatch(text)
    assert parse(text) == _by_library(text)


@pytest.mark.parametrize(
    ("text", "namespace", "name"),
    [
        ("pkg:npm/%40babel/core@7.0.0", "@babel", "core"),
        ("pkg:pypi/Jinja2@3.0.3", None, "jinja2"),
        ("pkg:pypi/typing_extensions@4.0.0", None, "typing-extensions"),
        ("pkg:deb/debian/libstdc%2B%2B6@12.2.0", "debian", "libstdc++6"),
        (
            "pkg:maven/org.apache.logging.log4j/log4j-core@2.14",
            "org.apache.logging.log4j",
            "log4j-core",
        ),
    ],
)
def test_names_are_decoded_and_normalised_as_their_type_asks(
    text: str, namespace: str | None, name: str
) -> None:
    purl = parse(text)
    assert purl is not None
    assert (purl.namespace, purl.name) == (namespace, name)


@pytest.mark.parametrize(
    "text",
    ["", "   ", "requests==2.25.1", "pkg:", "pkg:pypi", "pkg:pypi/", "pkg://[x/y@1", "http://a/b"],
)
def test_what_is_no_purl_is_none(text: str) -> None:
    assert parse(text) is None
