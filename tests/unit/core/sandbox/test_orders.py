"""Orders survive their way to the agent; a wrong one is refused before anything is fetched."""

from dataclasses import replace

import pytest

from core.domain.values import ImageName, ScanId
from core.errors import SandboxError
from core.sandbox.interface import CatalogerName, Limits, Order, sandbox_name
from core.sandbox.orders import (
    MAX_ORDER_BYTES,
    decode_order,
    encode_order,
    outcome_path,
    sbom_path,
)

DIGEST = "sha256:" + "0" * 64
ORDER = Order(
    scan=ScanId("scan-1"),
    attempt=2,
    image=ImageName(registry="127.0.0.1:5000", repository="team/app", digest=DIGEST),
    token="secret-token",  # noqa: S106 (an invented one)
    plain_http=True,
    cataloger=CatalogerName.SYFT,
    limits=Limits(seconds=60),
    sbom_url="http://127.0.0.1/sbom",
    outcome_url="http://127.0.0.1/outcome",
    report_url="http://127.0.0.1/report",
)


def test_an_order_survives_encoding() -> None:
    assert decode_order(encode_order(ORDER)) == ORDER


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[" * 50_000,
        b"\xff",
        encode_order(ORDER)[:-1],
        b" " * MAX_ORDER_BYTES + encode_order(ORDER),
    ],
)
def test_what_is_no_order_is_refused(data: bytes) -> None:
    with pytest.raises(SandboxError):
        decode_order(data)


@pytest.mark.parametrize(
    "order",
    [
        replace(ORDER, image=replace(ORDER.image, registry="demo.azurecr.io")),
        replace(ORDER, image=replace(ORDER.image, registry="127.0.0.1@evil.example")),
        replace(ORDER, image=replace(ORDER.image, repository="../other")),
        replace(ORDER, image=replace(ORDER.image, digest="latest")),
        replace(ORDER, outcome_url="file:///etc/passwd"),
        replace(ORDER, attempt=0),
    ],
)
def test_an_order_that_makes_no_sense_is_refused_without_repeating_its_secrets(
    order: Order,
) -> None:
    with pytest.raises(SandboxError) as refused:
        decode_order(encode_order(order))
    assert "secret" not in str(refused.value)


def test_places_and_names_are_of_one_attempt_only() -> None:
    first, second = (ScanId("s"), 1), (ScanId("s"), 2)
    for name in (sandbox_name, sbom_path, outcome_path):
        assert name(*first) == name(*first) != name(*second)


def test_a_sandbox_has_a_name_that_a_container_group_may_have() -> None:
    name = sandbox_name(ScanId("Any_Thing/../" * 20), 1)
    assert len(name) <= 63
    assert name.replace("-", "").isalnum()
    assert name == name.lower()
