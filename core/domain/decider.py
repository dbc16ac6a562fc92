"""The form that every aggregate takes: a state, a fold over events, and decisions.

After Jérémie Chassaing's "Functional Event Sourcing Decider". `evolve` and `decide` are pure: no
clock, no chance, no I/O. Times and names come in with the command. A command that is repeated
decides nothing: `decide(fold(state, decide(state, c)), c) == ()`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from core.domain.events import Erased


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider[State, Command, Event]:
    """An aggregate: where it starts, how facts change it, and what follows from a command."""

    kind: str
    """The aggregate's name, `image`."""
    schema: int
    """Grows when the state's fields change meaning: older snapshots are folded anew."""
    state: type[State]
    initial: State
    evolve: Callable[[State, Event], State]
    decide: Callable[[State, Command], Sequence[Event]]

    @property
    def fold_schema(self) -> str:
        """Names what a snapshot was made by."""
        return f"{self.kind}.{self.schema}"

    def fold(self, state: State, events: Iterable[Event]) -> State:
        """The state after those events; what was erased has left no trace in it."""
        for event in events:
            if not isinstance(event, Erased):
                state = self.evolve(state, event)
        return state
