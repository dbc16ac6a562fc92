"""An image's path is its name, and whatever is no name is nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.values import ImageName
from core.query.images import ImagePath, parse_path

DIGEST = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64


def path(repository: str, part: str = "", registry: str = "demo.azurecr.io") -> ImagePath:
    name = ImageName(registry=registry, repository=repository, digest=DIGEST)
    return ImagePath(image=name, part=part)


@pytest.mark.parametrize(
    ("text", "parsed"),
    [
        (f"demo.azurecr.io/app/{DIGEST}", path("app")),
        (f"demo.azurecr.io/team/backend/app/{DIGEST}", path("team/backend/app")),
        (f"demo.azurecr.io/app/{DIGEST}/findings", path("app", "findings")),
        (f"demo.azurecr.io/app/{DIGEST}/sbom", path("app", "sbom")),
        (f"demo.azurecr.io/app/{DIGEST}/layers", path("app", "layers")),
        (f"demo.azurecr.io/app/{DIGEST}/scan", path("app", "scan")),
        (f"demo.azurecr.io/app/{DIGEST}/export", path("app", "export")),
        (f"demo.azurecr.io/team/findings/{DIGEST}", path("team/findings")),
        (f"demo.azurecr.io/findings/{DIGEST}/findings", path("findings", "findings")),
        (f"127.0.0.1:5000/app/{DIGEST}", path("app", registry="127.0.0.1:5000")),
        (f"demo.azurecr.io/app/{DIGEST}/", path("app")),
        (f"/demo.azurecr.io/app/{DIGEST}", path("app")),
    ],
)
def test_a_name_is_read_with_its_slashes(text: str, parsed: ImagePath) -> None:
    assert parse_path(text) == parsed


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "demo.azurecr.io",
        "demo.azurecr.io/app",
        f"demo.azurecr.io/{DIGEST}",
        DIGEST,
        f"{DIGEST}/{DIGEST}/{DIGEST}",
        f"demo.azurecr.io/{DIGEST}/{OTHER}",
        f"demo.azurecr.io/app/{DIGEST}/{OTHER}",
        f"demo.azurecr.io//{DIGEST}",
        f"demo.azurecr.io//app/{DIGEST}",
        f"demo.azurecr.io/app//{DIGEST}",
        f"demo.azurecr.io/app/{DIGEST}//findings",
        f"demo.azurecr.io/app/{DIGEST}/findings/more",
        f"demo.azurecr.io/app/{DIGEST}/FINDINGS",
        f"demo.azurecr.io/app/{DIGEST}/packages",
        f"demo.azurecr.io/../app/{DIGEST}",
        f"demo.azurecr.io/app/../{DIGEST}",
        f"demo.azurecr.io/./app/{DIGEST}",
        f"demo.azurecr.io/team%2Fapp/{DIGEST}",
        f"demo.azurecr.io/App/{DIGEST}",
        f"DEMO.azurecr.io/app/{DIGEST}",
        f"demo.azurecr.io/app/{DIGEST.upper()}",
        f"demo.azurecr.io/app/{DIGEST[:-1]}",
        f"demo.azurecr.io/app/{DIGEST}a",
        f"demo.azurecr.io/app/sha512:{'a' * 128}",
        "demo.azurecr.io/app/sha256%3A" + "a" * 64,
        f"demo.azurecr.io/app\x00/{DIGEST}",
        f"demo.azurecr.io/app\n/{DIGEST}",
        f"demo azurecr/app/{DIGEST}",
        f"demo.azurecr.io:99999/app/{DIGEST}",
        f"demo.azurecr.io/{'a/' * 200}a/{DIGEST}",
        f"-/app/{DIGEST}",
    ],
)
def test_what_is_no_name_is_nothing(text: str) -> None:
    assert parse_path(text) is None


@given(st.text())
def test_any_text_is_a_name_or_nothing(text: str) -> None:
    for whole in (text, f"demo.azurecr.io/{text}/{DIGEST}", f"{text}/app/{DIGEST}/{text}"):
        parsed = parse_path(whole)
        assert parsed is None or parsed.image.digest == DIGEST
