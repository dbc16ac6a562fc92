"""What any `Artifacts` and `Inbox` must do. An implementation's test class inherits these."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from core.domain.values import Artifact
from core.errors import ArtifactMissing, InvalidReport
from core.storage.interface import Artifacts, Files, Inbox, artifact_of

type Deliver = Callable[[str, bytes], Awaitable[None]]
"""Leaves bytes at a path of the inbox, as a sandbox would."""


class ArtifactsContract:
    """Give an `artifacts` fixture; the rest follows."""

    @pytest.mark.parametrize(
        "content",
        [b"", b"x", b"{}" * 700_000, bytes(range(256))],
        ids=["nothing", "one", "1.4 MB", "every byte"],
    )
    async def test_what_was_put_is_read_back(self, artifacts: Artifacts, content: bytes) -> None:
        artifact = await artifacts.put(content)
        assert artifact == Artifact(sha256=hashlib.sha256(content).hexdigest(), size=len(content))
        assert await artifacts.get(artifact) == content

    async def test_putting_the_same_bytes_again_is_fine(self, artifacts: Artifacts) -> None:
        assert await artifacts.put(b"twice") == await artifacts.put(b"twice")

    async def test_writers_of_the_same_bytes_do_not_disturb_each_other(
        self, artifacts: Artifacts
    ) -> None:
        put = await asyncio.gather(*(artifacts.put(b"at once") for _ in range(8)))
        assert set(put) == {artifact_of(b"at once")}
        assert await artifacts.get(put[0]) == b"at once"

    async def test_what_was_never_put_is_missing(self, artifacts: Artifacts) -> None:
        with pytest.raises(ArtifactMissing):
            await artifacts.get(artifact_of(b"never put"))

    async def test_a_reference_of_another_size_does_not_resolve(self, artifacts: Artifacts) -> None:
        artifact = await artifacts.put(b"four")
        with pytest.raises(ArtifactMissing):
            await artifacts.get(Artifact(sha256=artifact.sha256, size=5))


class FilesContract:
    """Give a `files` fixture; the rest follows."""

    @pytest.mark.parametrize("size", [0, 1, 9 * 1024 * 1024], ids=["empty", "one", "9 MB"])
    async def test_what_was_saved_is_loaded(self, files: Files, tmp_path: Path, size: int) -> None:
        (tmp_path / "here").write_bytes(bytes(range(256)) * (size // 256) + b"x" * (size % 256))
        await files.save("Rocky Linux/a", tmp_path / "here")
        await files.load("Rocky Linux/a", tmp_path / "there")
        assert (tmp_path / "there").read_bytes() == (tmp_path / "here").read_bytes()

    async def test_the_last_to_save_a_name_wins(self, files: Files, tmp_path: Path) -> None:
        for content in (b"the first, which is longer", b"the last"):
            (tmp_path / "file").write_bytes(content)
            await files.save("crates.io/b", tmp_path / "file")
        await files.load("crates.io/b", tmp_path / "file")
        assert (tmp_path / "file").read_bytes() == b"the last"

    async def test_what_is_deleted_is_missing_and_may_be_deleted_again(
        self, files: Files, tmp_path: Path
    ) -> None:
        (tmp_path / "file").write_bytes(b"x")
        await files.save("EPSS/c", tmp_path / "file")
        await files.delete("EPSS/c")
        await files.delete("EPSS/c")
        with pytest.raises(ArtifactMissing):
            await files.load("EPSS/c", tmp_path / "there")


class InboxContract:
    """Give an `inbox` and a `deliver` fixture; the rest follows."""

    async def test_nothing_was_delivered_reads_as_none(self, inbox: Inbox) -> None:
        assert await inbox.read("scan-0/1/outcome.json", limit=10) is None

    @pytest.mark.parametrize("content", [b"", b"x" * 9, b"x" * 10])
    async def test_what_was_delivered_is_read_up_to_the_limit(
        self, inbox: Inbox, deliver: Deliver, content: bytes
    ) -> None:
        await deliver(f"scan-1/{len(content)}/outcome.json", content)
        assert await inbox.read(f"scan-1/{len(content)}/outcome.json", limit=10) == content

    async def test_more_than_the_limit_is_an_invalid_report(
        self, inbox: Inbox, deliver: Deliver
    ) -> None:
        await deliver("scan-2/1/outcome.json", b"x" * 11)
        with pytest.raises(InvalidReport):
            await inbox.read("scan-2/1/outcome.json", limit=10)

    async def test_addresses_are_for_one_path_and_one_queue(self, inbox: Inbox) -> None:
        hour = timedelta(hours=1)
        assert "scan-3/1/sbom.json" in await inbox.write_address(
            "scan-3/1/sbom.json", lifetime=hour
        )
        assert "reports" in await inbox.report_address("reports", lifetime=hour)
