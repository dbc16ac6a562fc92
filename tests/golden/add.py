"""`python -m tests.golden.add` writes the golden files that are missing, and touches no other.

A file that is there is what some log out there holds: to change how a type is written, give it a
new schema and an upcaster, and a file beside the old one. A state needs no upcaster: it is folded
anew from its events.
"""

from pathlib import Path

from core.log import codec
from tests.golden.values import EVENTS, STATES

FOLDER = Path(__file__).parent


def event_file(type_: str, schema: int) -> Path:
    """Where an event of that type and schema is kept."""
    return FOLDER / "events" / f"{type_}.{schema}.json"


def state_file(fold_schema: str) -> Path:
    """Where a state of that fold is kept."""
    return FOLDER / "states" / f"{fold_schema}.json"


def contents() -> dict[Path, bytes]:
    """What every file should hold: the bytes as they are stored, and a line's end."""
    events = [codec.encode(event) for event in EVENTS]
    files = {event_file(one.type, one.schema): one.data + b"\n" for one in events}
    states = {state_file(name): codec.encode_state(state) for name, state in STATES.items()}
    return files | {path: data + b"\n" for path, data in states.items()}


def main() -> None:
    """Write what is missing, and say what."""
    for path, content in contents().items():
        if not path.exists():
            path.write_bytes(content)
            print(f"added {path.name}")


if __name__ == "__main__":
    main()
