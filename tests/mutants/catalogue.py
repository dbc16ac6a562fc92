"""The rules that everything else stands on, how the code looks without each of them, and the test
that is there for it.

Every mutation is one replacement in one file, of a text that stands there exactly once: when the
code moves on, a test says which of them must follow.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LOG = "tests/conformance/log"
VIEW = "tests/unit/core/projections/test_view.py"
PARTITION = "tests/unit/core/projections/test_partition.py"
PROCESSES = "tests/unit/core/processes/test_follower.py"
INTAKE = "tests/unit/core/scanning/test_intake.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """One rule, taken out."""

    rule: str
    """What is missing then."""
    file: str
    old: str
    new: str
    tests: str
    """Where the test is that is there for this rule."""
    missed_by: str
    """Its name: this one must fail, whatever else does."""

    def apply(self, tree: Path) -> None:
        """Take the rule out of that tree. ValueError when it does not stand there just once."""
        path = tree / self.file
        text = path.read_text()
        if text.count(self.old) != 1:
            raise ValueError(f"{self.file}: what keeps {self.rule} is not there exactly once")
        path.write_text(text.replace(self.old, self.new))


_SHARDED, _LAYOUT = "core/log/sharded.py", "core/log/layout.py"
_PARTITION, _VIEW = "core/projections/partition.py", "core/projections/view.py"
_FOLLOWER = "core/processes/follower.py"
_PUT = "from core.storage.interface import Put"

MUTATIONS: Sequence[Mutation] = (
    Mutation(
        rule="the head's If-Match",
        file=_LAYOUT,
        old="return Insert(HEAD, cells) if etag is None else Replace(HEAD, cells, etag)",
        new=f"{_PUT}; return Put(HEAD, cells)",
        tests=LOG,
        missed_by="test_the_exact_writes_of_an_append",
    ),
    Mutation(
        rule="the receipt",
        file=_LAYOUT,
        old="    writes.append(Insert(receipt_key(append.command), receipt))\n",
        new="",
        tests=LOG,
        missed_by="test_a_repeated_command_has_one_effect",
    ),
    Mutation(
        rule="the look for a receipt after a lost answer",
        file=_SHARDED,
        old="return answers or await self._receipts(shard, appends)",
        new="return answers or [Lost() for _ in appends]",
        tests=LOG,
        missed_by="test_a_fault_at_any_call_leaves_a_command_one_effect",
    ),
    Mutation(
        rule="the contiguity check of a tail",
        file=_SHARDED,
        old="if row.key != layout.event_key(after + 1 + index):",
        new="if not row.key:",
        tests=LOG,
        missed_by="test_a_hole_in_the_positions_is_a_corrupt_log",
    ),
    Mutation(
        rule="the contiguity check of a history",
        file=_SHARDED,
        old="if [event.version for event in events] != list(range(1, len(events) + 1)):",
        new="if not stream:",
        tests=LOG,
        missed_by="test_a_history_with_a_hole_is_never_told_as_if_it_were_whole",
    ),
    Mutation(
        rule="the row that makes a version unique",
        file=_LAYOUT,
        old='writes.append(Insert(version_key(stream.id, version), {"position": position}))',
        new="pass",
        tests=LOG,
        missed_by="test_the_exact_writes_of_an_append",
    ),
    Mutation(
        rule="the later of now and the head's time",
        file=_SHARDED,
        old="at = now if head.at is None else max(now, head.at)",
        new="at = now",
        tests=LOG,
        missed_by="test_time_never_runs_backwards_within_a_shard",
    ),
    Mutation(
        rule="the refusal of what is too large, before any call",
        file=_SHARDED,
        old="check_transaction(layout.partition(0), [layout.head_row(0, now, None), *writes])",
        new="pass",
        tests=LOG,
        missed_by="test_a_property_beyond_64_kib_is_refused_before_any_call",
    ),
    Mutation(
        rule="the view's guard of its source position",
        file=_VIEW,
        old="if recorded.position > partition.position:",
        new="if recorded.position > 0:",
        tests=VIEW,
        missed_by="test_events_that_come_again_change_nothing",
    ),
    Mutation(
        rule="the checkpoint's If-Match",
        file=_PARTITION,
        old="        etags = await self._rows.commit(self._name, [*writes, checkpoint])\n",
        new=f"        {_PUT}; checkpoint = Put(CHECKPOINT, cells)\n"
        "        etags = await self._rows.commit(self._name, [*writes, checkpoint])\n",
        tests=PARTITION,
        missed_by="test_a_rival_takes_the_etag_away_and_nothing_of_ours_is_written",
    ),
    Mutation(
        rule="the checkpoint that moves with the last of an event's rows",
        file=_PARTITION,
        old="await self._commit(writes, self.written, self.halted, last=False)",
        new="await self._commit(writes, self.position, self.halted, last=False)",
        tests=PARTITION,
        missed_by="test_the_checkpoint_moves_with_the_last_transaction_of_a_large_event",
    ),
    Mutation(
        rule="the forgetting of a partition whose outcome is not known",
        file=_VIEW,
        old="partition = self._partitions.pop(shard, None)",
        new="partition = self._partitions.get(shard)",
        tests=VIEW,
        missed_by="test_who_is_stopped_in_the_middle_forgets_what_was_not_written",
    ),
    Mutation(
        rule="the process manager's guard of its position",
        file=_FOLLOWER,
        old="if recorded.position > checkpoint.position]",
        new="if recorded.position > 0]",
        tests=PROCESSES,
        missed_by="test_no_event_is_given_twice_however_often_the_tail_is",
    ),
    Mutation(
        rule="the process manager's checkpoint's If-Match",
        file=_FOLLOWER,
        old="            etags = await self._rows.commit(layout.partition(shard), [write])\n",
        new=f"            {_PUT}; write = Put(name, cells)\n"
        "            etags = await self._rows.commit(layout.partition(shard), [write])\n",
        tests=PROCESSES,
        missed_by="test_a_rival_that_was_left_behind_does_not_move_the_checkpoint_back",
    ),
    Mutation(
        rule="the message for a push that was recorded before",
        file="core/scanning/intake.py",
        old="        await self._dispatch.waiting(handled.state)\n",
        new="        if handled.events:\n            await self._dispatch.waiting(handled.state)\n",
        tests=INTAKE,
        missed_by="test_messages_follow_from_the_state_though_the_event_is_known",
    ),
)
"""Every rule that must be missed."""
