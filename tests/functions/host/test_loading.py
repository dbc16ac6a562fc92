"""What is refused when an app loads: the same as in Azure, with a message and exit code 1."""

import asyncio
import sys
from pathlib import Path

import pytest

_HEAD = "import azure.functions as func\napp = func.FunctionApp()\n"
_TIMER = _HEAD + '@app.timer_trigger(arg_name="t", schedule="0 0 0 1 1 *")\n'
_ROUTE = _HEAD + "@app.route(route={route!r})\n"
_QUEUE = _HEAD + '@app.queue_trigger(arg_name="m", queue_name="work", connection="Jobs")\n'

REFUSED = {
    "no function app": ("x = 1", "Could not find top level function app"),
    "two function apps": (_HEAD + "b = func.FunctionApp()", "More than one"),
    "no functions": (_HEAD, "No function was found"),
    "an import that fails": ("import no_such_module", "No module named 'no_such_module'"),
    "a syntax error": ("def", "SyntaxError"),
    "a name used twice": (
        (_TIMER + "def f(t: func.TimerRequest) -> None: ...\n")
        + (_TIMER.removeprefix(_HEAD) + "def f(t: func.TimerRequest) -> None: ...\n"),
        "does not have a unique function name",
    ),
    "another parameter": (_TIMER + "def f(u: func.TimerRequest) -> None: ...\n", "cannot load"),
    "a wrong annotation": (
        _TIMER + "def f(t: func.QueueMessage) -> None: ...\n",
        "Python type annotation QueueMessage",
    ),
    "a bad schedule": (
        _TIMER.replace("0 0 0 1 1 *", "0 0 0") + "def f(t: func.TimerRequest) -> None: ...\n",
        "Function f has no valid schedule",
    ),
    "a reserved route": (
        _ROUTE.format(route="admin/x") + "def f(req: func.HttpRequest) -> str: ...\n",
        "conflicts with built-in routes",
    ),
    "a connection that is not set": (
        _QUEUE + "def f(m: func.QueueMessage) -> None: ...\n",
        "The connection Jobs is not set",
    ),
    "an output binding": (
        (_TIMER + '@app.queue_output(arg_name="o", queue_name="q", connection="Jobs")\n')
        + "def f(t: func.TimerRequest, o: func.Out[str]) -> None: ...\n",
        "use the service's SDK",
    ),
}


async def load(app: Path, *options: str) -> tuple[int | None, str]:
    """Start the host on that folder; its exit code and what it printed."""
    (app / "local.settings.json").write_text('{"Values": {}}')
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "dev.host", "--app", str(app), "--no-https", *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, printed.decode()


@pytest.mark.parametrize("case", REFUSED)
async def test_an_app_that_azure_refuses_is_refused(tmp_path: Path, case: str) -> None:
    source, message = REFUSED[case]
    (tmp_path / "function_app.py").write_text(source)
    (tmp_path / "host.json").write_text('{"version": "2.0"}')
    code, printed = await load(tmp_path)
    assert code == 1
    assert message in printed.splitlines()[-1]
    assert printed.splitlines()[-1].startswith("error: ")


async def test_a_folder_without_host_json_is_refused(tmp_path: Path) -> None:
    code, printed = await load(tmp_path)
    assert code == 1
    assert "host.json cannot be read" in printed


async def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    (tmp_path / "function_app.py").write_text(_TIMER + "def f(t: func.TimerRequest) -> None: ...\n")
    (tmp_path / "host.json").write_text('{"version": "2.0"}')
    taken = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    code, printed = await load(tmp_path, "--port", str(port))
    taken.close()
    assert code == 1
    assert f"{port}" in printed.splitlines()[-1]


async def test_a_state_file_that_is_something_else_is_not_overwritten(tmp_path: Path) -> None:
    state = tmp_path / "notes.txt"
    state.write_text("mine")
    code, printed = await load(tmp_path, "--state-file", str(state))
    assert code == 1
    assert "is not a file that a host wrote" in printed
    assert state.read_text() == "mine"
