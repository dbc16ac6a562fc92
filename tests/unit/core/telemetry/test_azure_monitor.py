"""Numbers leave for Application Insights when it is configured, and nothing is loaded when not."""

import asyncio
import gzip
import json
import subprocess
import sys

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from core.errors import ConfigurationError
from core.telemetry.azure_monitor import open_telemetry
from core.telemetry.metrics import REFUSED

KEY = "00000000-1111-2222-3333-444444444444"


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The exporter tells nobody else of itself, and asks nobody what to do."""
    for what in ("STATSBEAT_DISABLED_ALL", "SDKSTATS_DISABLED", "CONTROLPLANE_DISABLED"):
        monkeypatch.setenv(f"APPLICATIONINSIGHTS_{what}", "true")


async def test_numbers_arrive_with_their_names_and_series() -> None:
    arrived: list[dict[str, object]] = []

    async def track(request: web.Request) -> web.Response:
        body = await request.read()
        items = json.loads(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)
        arrived.extend(items)
        accepted = {"itemsReceived": len(items), "itemsAccepted": len(items), "errors": []}
        return web.json_response(accepted)

    application = web.Application()
    application.router.add_post("/v2.1/track", track)
    async with TestServer(application) as server:
        address = str(server.make_url("")).rstrip("/")
        telemetry = open_telemetry(f"InstrumentationKey={KEY};IngestionEndpoint={address}")
        telemetry.tell(REFUSED, 2, "report-malformed")
        await asyncio.to_thread(telemetry.close)
    (item,) = [one for one in arrived if REFUSED.name in json.dumps(one)]
    told = json.dumps(item)
    assert item["iKey"] == KEY
    assert '"report-malformed"' in told
    assert '"value": 2' in told


@pytest.mark.parametrize("given", ["nonsense", "InstrumentationKey=short", "IngestionEndpoint=x"])
def test_a_connection_string_that_is_none_is_refused_by_its_settings_name(given: str) -> None:
    with pytest.raises(ConfigurationError, match="APPLICATIONINSIGHTS_CONNECTION_STRING"):
        open_telemetry(given)


def test_an_app_that_nobody_watches_loads_nothing_of_it() -> None:
    program = "import function_app, sys; print([n for n in sys.modules if 'telemetry.sdk' in n])"
    run = subprocess.run(  # noqa: S603 (this very interpreter)
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert run.stdout.strip() == "[]"
