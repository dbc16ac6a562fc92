"""A log in memory with one process manager, followed until nothing is left to react to."""

from dataclasses import dataclass
from datetime import UTC, datetime

from core.domain.ids import StreamId, command_id, image_stream, plan_stream
from core.domain.image import IMAGE, Command, Image
from core.domain.plan import PLAN, SwitchPlan
from core.domain.recorded import Recorded
from core.log.handle import Cause, current, handle
from core.log.sharded import ShardedLog
from core.processes.follower import ProcessFollower
from tests.support.samples import SUBSCRIPTION, image_name


@dataclass(slots=True)
class Followed:
    """Commands go in, and the process manager reacts to all that follows from them."""

    log: ShardedLog
    follower: ProcessFollower
    given: int = 0
    """Commands so far."""

    async def tell(self, number: int, *commands: Command) -> Image:
        """Commands to image `number`, each followed to its end; the image after them."""
        for command in commands:
            await self.give(number, command)
            await self.settle()
        return await self.image(number)

    async def give(self, number: int, *commands: Command) -> None:
        """Commands to image `number`, which nobody follows yet."""
        for command in commands:
            self.given += 1
            cause = Cause(command=command_id(self.given), correlation="", causation="")
            await handle(self.log, IMAGE, self.stream(number), command, cause)

    async def image(self, number: int) -> Image:
        """The state of image `number`."""
        return await current(self.log, IMAGE, self.stream(number))

    async def settle(self) -> None:
        """Follow every shard until there is no news."""
        while any([await self._follow(shard) for shard in range(self.log.shards)]):
            pass

    async def events(self) -> list[Recorded]:
        """Everything in the log, shard by shard."""
        shards = [await self.log.read(shard, after=0) for shard in range(self.log.shards)]
        return [event for shard in shards for event in shard]

    async def switch(self, *, on: bool, subscription: str = SUBSCRIPTION) -> None:
        """Switch the plan, now."""
        self.given += 1
        command = SwitchPlan(subscription=subscription, on=on, by="a test", at=datetime.now(UTC))
        cause = Cause(command=command_id(self.given), correlation="", causation="")
        await handle(self.log, PLAN, plan_stream(subscription), command, cause)

    def stream(self, number: int) -> StreamId:
        """Where image `number` lives."""
        return image_stream(image_name(number))

    async def _follow(self, shard: int) -> bool:
        tail = await self.log.read(shard, after=await self.follower.position(shard))
        await self.follower.follow(shard, tail)
        return bool(tail)
