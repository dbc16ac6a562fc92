"""An outcome comes from a sandbox that hostile content may have taken over: nothing slips by."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.values import Artifact, FailureCause, ImageName, NotApplicableCause, Origin, ScanId
from core.errors import InvalidReport
from core.sandbox.interface import Child, ChildKind, Outcome, Status
from core.sandbox.outcomes import (
    MAX_CHILDREN,
    MAX_LAYERS,
    MAX_NAME,
    MAX_OUTCOME_BYTES,
    clean,
    decode_outcome,
    encode_outcome,
)

START = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
DIGEST = "sha256:" + "1" * 64
INVENTORIED = Outcome(
    scan=ScanId("scan-1"),
    attempt=1,
    image=ImageName(registry="demo.azurecr.io", repository="team/app", digest=DIGEST),
    status=Status.INVENTORIED,
    os="linux",
    architecture="arm64",
    variant="v8",
    cataloger="trivy",
    cataloger_version="0.76.0",
    sbom=Artifact(sha256="a" * 64, size=1234),
    packages=88,
    origin=Origin(
        layers=(DIGEST, DIGEST), base_name="docker.io/library/debian:12", base_digest=DIGEST
    ),
    started_at=START,
    fetched_at=START + timedelta(seconds=1),
    finished_at=START + timedelta(seconds=2),
)
FAILED = replace(
    INVENTORIED,
    status=Status.FAILED,
    cause=FailureCause.TIMEOUT,
    sbom=None,
    fetched_at=None,
    origin=Origin(),
)
NOT_APPLICABLE = replace(
    FAILED, status=Status.NOT_APPLICABLE, cause=NotApplicableCause.WINDOWS, os="windows"
)
CHILD = Child(digest=DIGEST, media_type="application/json", kind=ChildKind.IMAGE, os="linux")
INDEX = replace(FAILED, status=Status.INDEX, cause=None, children=(CHILD,))


def child(number: int) -> Child:
    return replace(CHILD, digest=f"sha256:{number:064x}")


@pytest.mark.parametrize("outcome", [INVENTORIED, FAILED, NOT_APPLICABLE, INDEX])
def test_an_outcome_survives_encoding(outcome: Outcome) -> None:
    assert decode_outcome(encode_outcome(outcome)) == outcome


def test_a_sandbox_that_started_before_says_nothing_of_layers() -> None:
    older = json.loads(encode_outcome(INVENTORIED))
    del older["origin"]
    assert decode_outcome(json.dumps(older).encode()) == replace(INVENTORIED, origin=Origin())


def test_the_most_layers_fit() -> None:
    full = replace(INVENTORIED, origin=Origin(layers=(DIGEST,) * MAX_LAYERS))
    assert decode_outcome(encode_outcome(full)) == full


def test_the_largest_index_fits() -> None:
    full = replace(
        INDEX,
        children=tuple(
            replace(child(number), media_type="m" * 128, os="o" * 32, architecture="a" * 32)
            for number in range(MAX_CHILDREN)
        ),
    )
    assert len(encode_outcome(full)) <= MAX_OUTCOME_BYTES
    assert decode_outcome(encode_outcome(full)) == full


@pytest.mark.parametrize(
    "outcome",
    [
        replace(INVENTORIED, sbom=None),
        replace(FAILED, sbom=INVENTORIED.sbom),
        replace(FAILED, cause=None),
        replace(FAILED, cause=NotApplicableCause.WINDOWS),
        replace(NOT_APPLICABLE, cause=FailureCause.TIMEOUT),
        replace(INVENTORIED, cause=FailureCause.TIMEOUT),
        replace(INVENTORIED, children=(CHILD,)),
        replace(INDEX, children=(CHILD, CHILD)),
        replace(INDEX, children=tuple(child(number) for number in range(MAX_CHILDREN + 1))),
        replace(INVENTORIED, os="linux\n\x1b[31m"),
        replace(INVENTORIED, architecture="a" * 129),
        replace(FAILED, message="m" * 501),
        replace(INVENTORIED, packages=-1),
        replace(FAILED, origin=INVENTORIED.origin),
        replace(INVENTORIED, origin=Origin(layers=("sha256:zz",))),
        replace(INVENTORIED, origin=Origin(layers=(DIGEST,) * (MAX_LAYERS + 1))),
        replace(INVENTORIED, origin=Origin(base_name="debian\x1b[31m")),
        replace(INVENTORIED, origin=Origin(base_name="d" * (MAX_NAME + 1))),
        replace(INVENTORIED, origin=Origin(base_digest="sha256:zz")),
        replace(INVENTORIED, origin=Origin(base_digest=f"{DIGEST}\n")),
        replace(INVENTORIED, origin=Origin(layers=(f"{DIGEST}\n",))),
        replace(INVENTORIED, origin=Origin(base_name="debian\n")),
        replace(INVENTORIED, os="linux\n"),
        replace(FAILED, message="It failed.\n"),
        replace(INVENTORIED, sbom=Artifact(sha256="a" * 64 + "\n", size=1)),
        replace(INVENTORIED, sbom=Artifact(sha256="../../x", size=1)),
        replace(INVENTORIED, sbom=Artifact(sha256="a" * 64, size=-1)),
        replace(INVENTORIED, attempt=0),
        replace(INVENTORIED, scan=ScanId("")),
        replace(INVENTORIED, started_at=START.replace(tzinfo=None)),
        replace(INVENTORIED, finished_at=START - timedelta(seconds=1)),
        replace(INVENTORIED, image=replace(INVENTORIED.image, digest="sha256:zz")),
    ],
)
def test_an_outcome_that_contradicts_itself_or_its_limits_is_refused(outcome: Outcome) -> None:
    with pytest.raises(InvalidReport):
        decode_outcome(encode_outcome(outcome))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"\xff",
        b"[" * 100_000,
        b'{"scan":' * 10_000,
        encode_outcome(INVENTORIED)[:-1],
        encode_outcome(INVENTORIED) + b"{}",
        b" " * MAX_OUTCOME_BYTES + encode_outcome(INVENTORIED),
        json.dumps(json.loads(encode_outcome(INVENTORIED)) | {"health": "Healthy"}).encode(),
    ],
)
def test_what_is_no_outcome_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidReport):
        decode_outcome(data)


@given(data=st.binary(max_size=200))
def test_noise_is_refused_and_nothing_else_happens(data: bytes) -> None:
    with pytest.raises(InvalidReport):
        decode_outcome(data)


@given(text=st.text(max_size=300), limit=st.integers(10, 200))
def test_cleaned_text_is_printable_and_short(text: str, limit: int) -> None:
    cleaned = clean(text, limit)
    assert len(cleaned) <= limit
    assert cleaned.isascii()
    assert not cleaned or cleaned.isprintable()
