"""What an agent is started with: the bytecode of its code, and certificates where it needs them."""

import os
from dataclasses import replace
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from core.domain.values import ImageName, ScanId
from core.sandbox import agent
from core.sandbox.interface import Order
from core.sandbox.launch import agent_environment, compile_agent, speaks_https
from core.sandbox.rooms import Room

LOCAL = Order(
    scan=ScanId("a"),
    attempt=1,
    image=ImageName(registry="127.0.0.1:5000", repository="app", digest=f"sha256:{'0' * 64}"),
    token=None,
    plain_http=True,
    sbom_url="http://127.0.0.1:10000/inbox/a",
    outcome_url="http://127.0.0.1:10000/inbox/b",
    report_url="http://127.0.0.1:10001/reports",
)


def test_an_order_without_any_https_needs_no_certificates(tmp_path: Path) -> None:
    assert not speaks_https(LOCAL)
    room = Room(path=tmp_path, lock=-1)
    assert agent_environment(room, encrypted=False)["SSL_CERT_FILE"] == os.devnull


@pytest.mark.parametrize(
    "order",
    [
        replace(LOCAL, plain_http=False),
        replace(LOCAL, sbom_url="https://account.blob.example/inbox/a"),
        replace(LOCAL, outcome_url="https://account.blob.example/inbox/b"),
        replace(LOCAL, report_url="https://account.queue.example/reports"),
    ],
)
def test_one_https_address_is_enough_to_need_them(order: Order, tmp_path: Path) -> None:
    assert speaks_https(order)
    assert "SSL_CERT_FILE" not in agent_environment(Room(path=tmp_path, lock=-1), encrypted=True)


def test_no_agent_has_to_compile_itself() -> None:
    sources = list(Path(agent.__file__).parent.glob("*.py"))
    compiled = [Path(cache_from_source(str(source))) for source in sources]
    compiled[0].unlink(missing_ok=True)
    compile_agent()
    assert [file for file in compiled if not file.exists()] == []
