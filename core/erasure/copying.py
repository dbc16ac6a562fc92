"""Copies a log without what belongs to one subscription.

Where an event of it stood, the copy has an `Erased` one: at the same position and version, with
nothing in it, and no word of the command that it came from. The copy is a log of its own, with a
generation of its own, so that nobody takes it for a continuation of the original: no backup of the
original goes on with it.
"""

from dataclasses import dataclass

from core.backup.copying import LOG, Copied, copy_log
from core.domain.events import Erased
from core.domain.ids import StreamId, command_id
from core.domain.values import Artifact
from core.erasure.belongings import Belongings
from core.errors import ConfigurationError
from core.log import codec, layout
from core.storage.account import Account
from core.storage.interface import Cells, Put, Row
from core.storage.reading import every

_ERASED = codec.encode(Erased())


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavingOut:
    """A Passage into a copy without what belongs to a subscription."""

    belongings: Belongings

    def meta(self, cells: Cells) -> Cells:
        return {**cells, "generation": self.belongings.name}

    def event(self, row: Row) -> Row:
        return row if self.knows(row) else _erased(row)

    def knows(self, row: Row) -> bool:
        return StreamId(str(row.cells["stream"])) not in self.belongings.streams


def _erased(row: Row) -> Row:
    """Commands get other names. Their receipts would say for ever that they were done: of an image
    that is pushed anew one day, no scan would start."""
    cells: Cells = {
        **{name: row.cells[name] for name in ("stream", "version", "at")},
        "type": _ERASED.type,
        "schema": _ERASED.schema,
        "data": _ERASED.data.decode(),
        "command": command_id("erased", row.cells["command"]),
        "correlation": "",
        "causation": "",
    }
    return Row(partition=row.partition, key=row.key, cells=cells, etag=row.etag)


async def copy_without(source: Account, target: Account, found: Belongings) -> Copied:
    """Bring into the target what the source has, but for that. The same again goes on where it was
    interrupted. ConfigurationError when somebody has written to the source since it was read, or
    the target holds something else."""
    if not found.streams:
        raise ConfigurationError(
            f"nothing is known of the subscription {found.subscription}: is its id right?"
        )
    copied = await copy_log(source, target, LeavingOut(belongings=found))
    await _check_still(source, found)
    await _copy_checkpoints(source, target)
    await _copy_inventories(source, target, found)
    return copied


async def _check_still(source: Account, found: Belongings) -> None:
    log = await source.tables.open(LOG)
    for shard, position in enumerate(found.heads):
        head = await log.get(layout.partition(shard), layout.HEAD)
        if head is not None and layout.integer(head.cells, "position") != position:
            raise ConfigurationError(
                f"somebody writes to shard {shard} of the original: stop the app, and copy into an"
                " empty account"
            )


async def _copy_checkpoints(source: Account, target: Account) -> None:
    """How far processes have come, so that nobody is told twice; not why one halted, which may tell
    of an event that is gone."""
    into = await target.tables.open("processes")
    async for row in every(await source.tables.open("processes")):
        await into.commit(row.partition, [Put(row.key, {"position": row.cells["position"]})])


async def _copy_inventories(source: Account, target: Account, found: Belongings) -> None:
    """Inventories of digests that others have as well, and the layers of their images."""
    into = await target.tables.open("inventories")
    async for row in every(await source.tables.open("inventories")):
        bom = Artifact(sha256=str(row.cells["sha256"]), size=layout.integer(row.cells, "size"))
        if bom in found.inventories and row.cells.get("stream") not in found.streams:
            await into.commit(row.partition, [Put(row.key, row.cells)])
