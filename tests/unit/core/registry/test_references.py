"""References are read strictly, and written back as they were."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.values import ImageName, is_registry, is_repository
from core.errors import InvalidReference
from core.registry.references import (
    ImageReference,
    RegistryResource,
    parse_login_server,
    parse_reference,
    parse_resource,
)

DIGEST = "sha256:" + "0f" * 32
RESOURCE = (
    "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/Team_(1).x"
    "/providers/Microsoft.ContainerRegistry/registries/Demo"
)

components = st.from_regex(r"[a-z0-9]{1,8}((\.|_|__|-{1,3})[a-z0-9]{1,8}){0,2}", fullmatch=True)
hosts = st.from_regex(r"[a-z0-9]{1,9}(-[a-z0-9]{1,5})?\.[a-z]{2,9}", fullmatch=True)
references = st.builds(
    ImageReference,
    registry=st.one_of(
        hosts,
        st.just("localhost"),
        st.builds("{}:{}".format, hosts, st.integers(min_value=1, max_value=65535)),
    ),
    repository=st.lists(components, min_size=1, max_size=4).map("/".join),
    tag=st.none() | st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", fullmatch=True),
    digest=st.none() | st.from_regex(r"sha256:[0-9a-f]{64}", fullmatch=True),
)


@given(references)
def test_what_is_written_reads_back_the_same(reference: ImageReference) -> None:
    assert parse_reference(str(reference)) == reference


@given(st.text(max_size=200))
def test_any_text_is_a_reference_that_writes_itself_back_or_is_refused(text: str) -> None:
    try:
        reference = parse_reference(text)
    except InvalidReference:
        return
    assert str(reference) == text


def test_a_missing_tag_stays_missing_and_stands_for_latest_only_when_asked() -> None:
    reference = parse_reference("demo.azurecr.io/team/app")
    assert reference.tag is None
    assert reference.manifest == "latest"


def test_a_digest_wins_over_the_tag_beside_it() -> None:
    reference = parse_reference(f"127.0.0.1:5000/app:v1@{DIGEST}")
    assert (reference.registry, reference.tag) == ("127.0.0.1:5000", "v1")
    assert reference.manifest == DIGEST
    assert reference.at(DIGEST) == ImageName(
        registry="127.0.0.1:5000", repository="app", digest=DIGEST
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "app",
        "team/app:v1",  # no registry: would mean another one on every machine
        "demo.azurecr.io",
        "demo.azurecr.io/",
        "demo.azurecr.io/App",
        "demo.azurecr.io/../app",
        "demo.azurecr.io/team/../app",
        "demo.azurecr.io/team//app",
        "demo.azurecr.io/app:",
        "demo.azurecr.io/app:-v1",
        "demo.azurecr.io/app:" + "v" * 129,
        "demo.azurecr.io/app@",
        "demo.azurecr.io/app@sha256:" + "0" * 63,
        "demo.azurecr.io/app@sha256:" + "A" * 64,
        "demo.azurecr.io/app@sha512:" + "0" * 128,
        f"demo.azurecr.io/app@{DIGEST}@{DIGEST}",
        "demo.azurecr.io/app:v1\n",
        "demo.azurecr.io:99999/app",
        "demo.azurecr.io:0/app",
        "demo..io/app",
        "-demo.io/app",
        "user@demo.azurecr.io/app",
        "demo.azurecr.io/" + "a" * 256,
        "demo.azurecr.io/" + "a/" * 500_000,
    ],
)
def test_what_the_grammar_does_not_allow_is_refused(text: str) -> None:
    with pytest.raises(InvalidReference):
        parse_reference(text)


def test_the_refusal_names_the_part_that_is_wrong() -> None:
    with pytest.raises(InvalidReference, match=r"'\.\./app' is no repository"):
        parse_reference("demo.azurecr.io/../app:v1")


def test_the_id_of_a_registry_is_read_without_regard_to_case() -> None:
    resource = parse_resource(RESOURCE)
    assert resource == RegistryResource(
        subscription="11111111-2222-3333-4444-555555555555",
        resource_group="team_(1).x",
        name="demo",
    )
    assert parse_resource(RESOURCE.upper()) == resource
    assert parse_resource(str(resource)) == resource


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/subscriptions/x",
        RESOURCE + "/",
        RESOURCE + "\n",
        RESOURCE.replace("registries", "vaults"),
        RESOURCE.replace("Demo", "de/mo"),
        RESOURCE.replace("Demo", "../demo"),
        RESOURCE.replace("Team_(1).x", "team."),
        RESOURCE.replace("Team_(1).x", "t" * 91),
        "x" * 10_000_000,
    ],
)
def test_what_is_no_id_of_a_registry_is_refused(text: str) -> None:
    with pytest.raises(InvalidReference):
        parse_resource(text)


def test_a_login_server_has_one_spelling() -> None:
    assert parse_login_server("Demo.AzureCR.io:443") == "demo.azurecr.io"
    assert parse_login_server("127.0.0.1:5000") == "127.0.0.1:5000"


@pytest.mark.parametrize(
    "text", ["", "demo.azurecr.io/", "a b", "demo.azurecr.io@x", "[::1]:5000", "\u212aey.io"]
)
def test_what_is_no_login_server_is_refused(text: str) -> None:
    with pytest.raises(InvalidReference):
        parse_login_server(text)


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("a" * 63 + ".io", True),
        ("a" * 64 + ".io", False),
        (".".join(["a" * 49] * 5), True),
        (".".join(["a" * 50] * 5), False),
        ("demo.azurecr.io:65535", True),
        ("demo.azurecr.io:65536", False),
        ("demo.azurecr.io:05", False),
        ("demo-.io", False),
    ],
)
def test_a_registry_follows_the_limits_of_host_names(text: str, valid: bool) -> None:
    assert is_registry(text) is valid


def test_separators_in_a_repository_are_those_of_the_grammar() -> None:
    assert is_repository("a.b_c__d---e/f")
    assert not any(map(is_repository, ["a..b", "a___b", "a._b", "_a", "a-", "/a", "a/", "A"]))
