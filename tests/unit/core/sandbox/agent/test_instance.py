"""In a container the order moves from the environment to standard input, and leaves no trace."""

import json
import subprocess
import sys
from pathlib import Path

from core.sandbox.agent.instance import ORDER_VARIABLE
from core.sandbox.orders import decode_order, encode_order
from tests.unit.core.sandbox.test_orders import ORDER

CODE = Path(__file__).resolve().parents[5]

PROBE = """
import json, os, sys
order = sys.stdin.buffer.read().decode()
environ = open("/proc/self/environ").read()
print(json.dumps([order, environ, sys.argv[1:]]))
"""
"""Takes the agent's place."""


def test_the_agent_finds_its_order_on_standard_input_and_an_empty_environment(
    tmp_path: Path,
) -> None:
    place = tmp_path / "core/sandbox/agent"
    place.mkdir(parents=True)
    (place / "__main__.py").write_text(PROBE)
    (place / "instance.py").write_bytes((CODE / "core/sandbox/agent/instance.py").read_bytes())
    (tmp_path / "tool.json").write_text('{"name":"trivy"}')
    order = encode_order(ORDER)
    run = subprocess.run(  # noqa: S603 (our own interpreter)
        [
            *(sys.executable, "-m", "core.sandbox.agent.instance"),
            *(str(tmp_path / "tool.json"), str(tmp_path)),
        ],
        env={
            ORDER_VARIABLE: order.decode(),
            "IDENTITY_ENDPOINT": "http://169.254.169.254",
            "PYTHONPATH": str(tmp_path),
            "PATH": "/usr/bin:/bin",
        },
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    told, environment, arguments = json.loads(run.stdout)
    assert decode_order(told.encode()) == ORDER
    assert "secret-token" not in environment
    assert "IDENTITY_ENDPOINT" not in environment
    assert arguments[-2:] == ["--tool", '{"name":"trivy"}']
    assert "process" in arguments
