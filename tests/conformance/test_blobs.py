"""Artifacts and the inbox in memory and in Blob Storage do the same."""

from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest
from azure.storage.blob.aio import BlobServiceClient

from core.errors import ArtifactMissing
from core.storage.account import Account
from core.storage.blobs import BlobArtifacts, open_container
from core.storage.interface import Artifacts, Files, Inbox, artifact_of
from core.storage.memory import MemoryArtifacts, MemoryFiles, MemoryInbox
from dev.recording import Recorder
from tests.conformance.blobs import ArtifactsContract, Deliver, FilesContract, InboxContract

HOUR = timedelta(hours=1)
BLOCK_BLOB = {"x-ms-blob-type": "BlockBlob"}


class TestMemoryArtifacts(ArtifactsContract):
    @pytest.fixture
    def artifacts(self) -> Artifacts:
        return MemoryArtifacts()


class TestMemoryInbox(InboxContract):
    @pytest.fixture
    def inbox(self) -> MemoryInbox:
        return MemoryInbox()

    @pytest.fixture
    def deliver(self, inbox: MemoryInbox) -> Deliver:
        async def deliver(path: str, content: bytes) -> None:
            inbox.blobs[path] = content

        return deliver


class TestMemoryFiles(FilesContract):
    @pytest.fixture
    def files(self) -> Files:
        return MemoryFiles()


@pytest.mark.azurite
class TestBlobFiles(FilesContract):
    @pytest.fixture
    def files(self, account: Account) -> Files:
        return account.feeds


@pytest.mark.azurite
class TestBlobArtifacts(ArtifactsContract):
    @pytest.fixture
    def artifacts(self, account: Account) -> Artifacts:
        return account.artifacts


@pytest.mark.azurite
class TestBlobArtifactsWithoutMemory(ArtifactsContract):
    @pytest.fixture
    def artifacts(self, forgetful: BlobArtifacts) -> Artifacts:
        return forgetful

    async def test_bytes_that_somebody_changed_are_never_given_out(
        self, forgetful: BlobArtifacts, blobs: BlobServiceClient
    ) -> None:
        artifact = await forgetful.put(b"as it was")
        container = blobs.get_container_client("artifacts")
        await container.upload_blob(artifact.sha256, b"tampered!", overwrite=True)
        with pytest.raises(ArtifactMissing):
            await forgetful.get(artifact)

    async def test_a_write_and_a_read_are_one_request_each(
        self, forgetful: BlobArtifacts, recorder: Recorder
    ) -> None:
        recorder.take()
        await forgetful.get(await forgetful.put(b"counted" * 300_000))
        await forgetful.put(b"counted" * 300_000)
        assert asked(recorder) == ["write blob", "read blob", "write blob"]


@pytest.mark.azurite
async def test_what_was_read_or_written_lately_is_not_read_again(
    account: Account, forgetful: BlobArtifacts, recorder: Recorder
) -> None:
    written = await account.artifacts.put(b"written here")
    elsewhere = await forgetful.put(b"written elsewhere")
    recorder.take()
    for artifact in (written, elsewhere, elsewhere, written):
        assert artifact_of(await account.artifacts.get(artifact)) == artifact
    assert asked(recorder) == ["read blob"]


@pytest.mark.azurite
async def test_memory_is_bounded_and_forgets_what_was_used_longest_ago(
    blobs: BlobServiceClient, recorder: Recorder
) -> None:
    container = await open_container(blobs, "artifacts")
    artifacts = BlobArtifacts(container, remembered=800)
    kept = [await artifacts.put(bytes([number]) * 100) for number in range(8)]
    await artifacts.get(kept[0])
    large = await artifacts.put(b"x" * 101)
    last = await artifacts.put(b"y" * 100)
    recorder.take()
    for artifact in (kept[0], *kept[2:], last):
        await artifacts.get(artifact)
    assert asked(recorder) == []
    await artifacts.get(kept[1])
    await artifacts.get(large)
    assert asked(recorder) == ["read blob", "read blob"]


def asked(recorder: Recorder) -> list[str]:
    """What the account was asked since the last look."""
    return [request.operation for request in recorder.take()]


@pytest.mark.azurite
class TestBlobInbox(InboxContract):
    @pytest.fixture
    def inbox(self, account: Account) -> Inbox:
        return account.inbox

    @pytest.fixture
    async def http(self) -> AsyncIterator[aiohttp.ClientSession]:
        async with aiohttp.ClientSession() as session:
            yield session

    @pytest.fixture
    def deliver(self, inbox: Inbox, http: aiohttp.ClientSession) -> Deliver:
        async def deliver(path: str, content: bytes) -> None:
            address = await inbox.write_address(path, lifetime=HOUR)
            async with http.put(address, data=content, headers=BLOCK_BLOB) as answer:
                assert answer.status == 201

        return deliver

    async def test_a_delivery_can_be_neither_replaced_nor_read_nor_listed(
        self, inbox: Inbox, http: aiohttp.ClientSession, deliver: Deliver
    ) -> None:
        await deliver("scan-9/1/sbom.json", b"first")
        address = await inbox.write_address("scan-9/1/sbom.json", lifetime=HOUR)
        async with http.put(address, data=b"second", headers=BLOCK_BLOB) as answer:
            assert answer.status == 403
        async with http.get(address) as answer:
            assert answer.status == 403
        async with http.delete(address) as answer:
            assert answer.status == 403
        listing = address.replace("/scan-9/1/sbom.json?", "?restype=container&comp=list&")
        async with http.get(listing) as answer:
            assert answer.status == 403
        assert await inbox.read("scan-9/1/sbom.json", limit=10) == b"first"

    async def test_an_address_is_good_for_its_own_path_only(
        self, inbox: Inbox, http: aiohttp.ClientSession
    ) -> None:
        address = await inbox.write_address("scan-9/1/mine.json", lifetime=HOUR)
        other = address.replace("mine.json", "other.json")
        async with http.put(other, data=b"x", headers=BLOCK_BLOB) as answer:
            assert answer.status == 403

    async def test_an_address_expires(self, inbox: Inbox, http: aiohttp.ClientSession) -> None:
        address = await inbox.write_address("scan-9/1/late.json", lifetime=-HOUR)
        async with http.put(address, data=b"x", headers=BLOCK_BLOB) as answer:
            assert answer.status == 403

    async def test_a_report_can_be_added_and_the_queue_not_read(
        self, account: Account, http: aiohttp.ClientSession
    ) -> None:
        await account.queues.create("reports")
        address = await account.inbox.report_address("reports", lifetime=HOUR)
        message = "<QueueMessage><MessageText>e30=</MessageText></QueueMessage>"
        async with http.post(address, data=message) as answer:
            assert answer.status == 201
        async with http.get(address) as answer:
            assert answer.status == 403
