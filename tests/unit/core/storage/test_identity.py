"""Without keys: an identity opens the account, and what sandboxes are given is signed in its name.

The storage service here knows what a user delegation key looks like; its signatures are checked by
what they allow, since only Azure could check what they are worth.
"""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from aiohttp import web

from core.clouds import CLOUDS, CloudName
from core.errors import StorageUnavailable
from core.storage.account import open_account_by_identity
from tests.support.azure import Pretender, azure

CLOUD = CLOUDS[CloudName.US_GOVERNMENT]
ENDPOINTS = CLOUD.storage_endpoints("pratique1")
HOSTS = [urlsplit(one).hostname or "" for one in (ENDPOINTS.blob, ENDPOINTS.queue, ENDPOINTS.table)]

_KEY = """<?xml version="1.0" encoding="utf-8"?><UserDelegationKey>
<SignedOid>00000000-0000-4000-8000-00000000000a</SignedOid>
<SignedTid>00000000-0000-4000-8000-00000000000b</SignedTid>
<SignedStart>{start}</SignedStart><SignedExpiry>{end}</SignedExpiry>
<SignedService>b</SignedService><SignedVersion>2025-07-05</SignedVersion>
<Value>bm90IGEga2V5</Value></UserDelegationKey>"""


class Storage:
    """A storage service that gives out keys, and makes whatever it is asked to make."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []
        """Host and operation of each request."""
        self.authorized: set[str] = set()
        self.refuses = False

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.seen.append((request.host, request.rel_url.query.get("comp", request.method)))
        self.authorized.add(request.headers.get("Authorization", ""))
        if request.rel_url.query.get("comp") != "userdelegationkey":
            return web.Response(status=201)
        if self.refuses:
            return web.Response(status=403)
        asked = ElementTree.fromstring(await request.text())  # noqa: S314 (the SDK's own words)
        key = _KEY.format(start=asked.findtext("Start"), end=asked.findtext("Expiry"))
        return web.Response(text=key, content_type="application/xml")

    def keys(self) -> int:
        """How many keys were given out."""
        return sum(operation == "userdelegationkey" for _, operation in self.seen)


async def test_an_address_allows_one_new_blob_or_messages_for_as_long_as_it_says() -> None:
    storage, identity = Storage(), Pretender()
    async with (
        azure(storage, *HOSTS) as here,
        open_account_by_identity(ENDPOINTS, identity, transport=here.transport) as account,
    ):
        minutes = timedelta(minutes=20)
        blob = urlsplit(await account.inbox.write_address("s/1/sbom.json", lifetime=minutes))
        queue = urlsplit(await account.inbox.report_address("sandbox-reports", lifetime=minutes))
    said, heard = parse_qs(blob.query), parse_qs(queue.query)
    assert f"{blob.scheme}://{blob.netloc}{blob.path}" == f"{ENDPOINTS.blob}/inbox/s/1/sbom.json"
    assert (said["sp"], said["sr"], said["spr"]) == (["c"], ["b"], ["https"])
    assert queue.netloc == urlsplit(ENDPOINTS.queue).netloc
    assert (queue.path, heard["sp"]) == ("/sandbox-reports/messages", ["a"])
    for query in (said, heard):
        assert query["skoid"] == ["00000000-0000-4000-8000-00000000000a"]  # signed in its name
        end = datetime.fromisoformat(query["se"][0])
        assert timedelta(minutes=19) < end - datetime.now(UTC) <= minutes
    assert storage.authorized == {"Bearer worthless"}


async def test_no_host_of_another_cloud_is_asked() -> None:
    storage, identity = Storage(), Pretender()
    async with (
        azure(storage, *HOSTS) as here,
        open_account_by_identity(ENDPOINTS, identity, transport=here.transport) as account,
    ):
        await account.tables.open("log")
        await account.queues.create("hints")
        await account.artifacts.put(b"hello")
        await account.inbox.write_address("a", lifetime=timedelta(minutes=1))
    assert {host for host, _ in storage.seen} == set(HOSTS)
    assert all(host.endswith(".usgovcloudapi.net") for host, _ in storage.seen)
    assert set(identity.scopes) == {"https://storage.azure.com/.default"}  # an audience, no host


async def test_one_key_signs_many_addresses_and_is_renewed_before_one_outlives_it() -> None:
    storage = Storage()
    async with (
        azure(storage, *HOSTS) as here,
        open_account_by_identity(ENDPOINTS, Pretender(), transport=here.transport) as account,
    ):
        for number in range(5):
            await account.inbox.write_address(f"{number}", lifetime=timedelta(minutes=20))
        assert storage.keys() == 1
        address = await account.inbox.write_address("late", lifetime=timedelta(hours=20))
        assert storage.keys() == 2
    query = parse_qs(urlsplit(address).query)
    assert query["ske"] >= query["se"]


async def test_a_key_that_is_refused_is_storage_that_does_not_answer() -> None:
    storage = Storage()
    storage.refuses = True
    async with (
        azure(storage, *HOSTS) as here,
        open_account_by_identity(ENDPOINTS, Pretender(), transport=here.transport) as account,
    ):
        with pytest.raises(StorageUnavailable, match="user delegation key"):
            await account.inbox.write_address("a", lifetime=timedelta(minutes=1))
