"""No secret is ever in a log: a whole story with all of them in play, and every line of it."""

import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from azure.storage.queue.aio import QueueServiceClient

from core.domain.values import FailureCause
from core.errors import SandboxError
from core.registry.interface import Endpoint
from core.sandbox.interface import Order, Status
from core.scanning.published import publish
from core.storage.account import open_account
from dev.enrol import enrol
from dev.inprocess import AzureMailbox, Delivered, HandedOver, InProcess
from dev.stack.azurite import Azurite
from functions.bootstrap import build
from functions.settings import Settings
from tests.support.desk import app_settings, push_event
from tests.support.instruments import Instruments
from tests.support.samples import digest
from tests.support.sandboxes import CLEAN, VULNERABLE
from tests.support.topics import local_topic

PULL_TOKEN = "a-pull-token-of-one-repository"  # noqa: S105 - made up, to be searched for
TOPIC_KEY = "the-key-of-the-topic"
INGESTION_KEY = "00000000-aaaa-bbbb-cccc-444444444444"


class Tokens:
    """PullTokens that give one token."""

    async def for_repository(self, endpoint: Endpoint, repository: str) -> str | None:
        return PULL_TOKEN


@dataclass(slots=True)
class Clumsy(HandedOver):
    """Sandboxes of which some cannot be started, and say so with all they were given."""

    async def start(self, *orders: Order) -> None:
        self.started += [one for one in orders if one.image.digest == digest(9)]
        if any(one.image.digest == digest(9) for one in orders):
            raise SandboxError("the sandbox could not be started")
        await HandedOver.start(self, *orders)


def settings(azurite: Azurite) -> Settings:
    return replace(
        app_settings(),
        storage=azurite.connection_string,
        topic_key=TOPIC_KEY,
        insights=f"InstrumentationKey={INGESTION_KEY}",
    )


@asynccontextmanager
async def story(azurite: Azurite, advisories: Path) -> AsyncIterator[tuple[InProcess, Clumsy]]:
    """The app over a real storage account and a real topic."""
    failed = {"cause": FailureCause.PULL_DENIED, "message": "denied"}
    sandboxes = Clumsy(
        {
            digest(1): VULNERABLE,
            digest(2): CLEAN,
            digest(3): Delivered(status=Status.FAILED, parts=failed),
            digest(4): Delivered(sbom=b"no SBOM at all"),
        }
    )
    async with (
        open_account(azurite.connection_string) as account,
        QueueServiceClient.from_connection_string(azurite.connection_string) as queues,
        local_topic(key=TOPIC_KEY) as (_, topic),
    ):
        services = await build(
            settings(azurite),
            account,
            sandboxes,
            tokens=Tokens(),
            topic=topic,
            telemetry=Instruments(),
        )
        await enrol(services)
        await publish(services.log, account.artifacts, advisories, records=1)
        yield InProcess(services=services, mailbox=AzureMailbox(queues)), sandboxes


async def test_nothing_that_opens_anything_is_in_any_line(
    own_azurite: Azurite, advisories: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.debug("settings: %r", settings(own_azurite))
    async with story(own_azurite, advisories) as (app, sandboxes):
        for number in (1, 2, 3, 4, 9):
            pushed = push_event(f"event-{number}", number, "latest", minute=number)
            await app.services.scanning.intake.take(pushed)
        await app.services.scanning.reports.take(b"?sig=not-a-report")
        await app.drain()
        await app.services.scanning.watchdog.look()
        await app.services.gauges.take()
        logging.info(await app.services.answers.pulse.line())
        for order in sandboxes.started:
            logging.debug("order: %r", order)
    secrets = {PULL_TOKEN, TOPIC_KEY, account_key(own_azurite), own_azurite.connection_string}
    signatures = {
        parse_qs(urlsplit(address).query)["sig"][0]
        for order in sandboxes.started
        for address in (order.sbom_url, order.outcome_url, order.report_url)
    }
    assert len(sandboxes.started) >= 5
    assert len(signatures) >= 5
    assert any("decision " in one.getMessage() for one in caplog.records)
    assert any(one.name.startswith("azure.") for one in caplog.records)
    for record in caplog.records:
        line = _whole(record)
        for secret in secrets | signatures | {INGESTION_KEY}:
            assert secret not in line, record.name


def account_key(azurite: Azurite) -> str:
    found = re.search(r"AccountKey=([^;]+)", azurite.connection_string)
    assert found is not None
    return found[1]


def _whole(record: logging.LogRecord) -> str:
    """The line with its trace, and everything that rides on it."""
    return f"{logging.Formatter().format(record)} {vars(record)!r}"
