"""What every test may ask for: a storage emulator, started once for each test process, and how far
to go."""

from collections.abc import AsyncIterator, Callable

import pytest
from xdist.remote import Producer

from dev.stack.azurite import Azurite, start_azurite
from dev.stack.process import stop
from tests.support.campaign import SURVIVED, Campaign
from tests.support.sharing import Shared


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--campaign` tries everything of what is otherwise sampled."""
    parser.addoption("--campaign", action="store_true", help="the long campaign of faults")
    parser.addoption("--fuzz", default=0, type=int, help="examples of each operation, by chance")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Shared | None:
    """`--dist loadscope` is by what tests share; another `--dist` is as ever."""
    return Shared(config, log) if config.getoption("dist") == "loadscope" else None


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """In the long campaign: what was tried and survived, in the tests' own words; and what was
    not."""
    if not config.getoption("--campaign"):
        return
    terminalreporter.section("tried and survived")
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == SURVIVED:
                terminalreporter.write_line(str(value))
    broken = [*terminalreporter.getreports("failed"), *terminalreporter.getreports("error")]
    if broken:
        terminalreporter.section(f"NOT survived: {len(broken)}")
    for report in broken:
        terminalreporter.write_line(f"{report.nodeid}: {_reason_of(report)}")


def _reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    """The last line of what went wrong."""
    crash = getattr(report.longrepr, "reprcrash", None)
    said = str(report.longrepr) if crash is None else str(crash.message)
    return next((line for line in reversed(said.splitlines()) if line.strip()), "no word of why")


@pytest.fixture
def campaign(
    pytestconfig: pytest.Config, record_property: Callable[[str, object], None]
) -> Campaign:
    """How far this run goes."""
    return Campaign(bool(pytestconfig.getoption("--campaign")), record_property)


@pytest.fixture(scope="session")
async def azurite(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Azurite]:
    """Azurite in memory, on free ports; use names of your own in it, as others share it."""
    running = await start_azurite(tmp_path_factory.mktemp("azurite"))
    yield running
    await stop(running.process)


@pytest.fixture
async def own_azurite(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Azurite]:
    """A storage emulator in which nobody else has anything."""
    running = await start_azurite(tmp_path_factory.mktemp("azurite"))
    yield running
    await stop(running.process)
