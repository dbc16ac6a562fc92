"""OSV records made by hand, databases compiled from them, and packages to match with them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from core.advisories.compiler import Compiled, compile_database
from core.advisories.database import Advisories
from core.inventory.packages import Inventory, OperatingSystem, Package

type Json = Mapping[str, object]


def affected(
    ecosystem: str,
    name: str,
    *events: Mapping[str, str],
    versions: Sequence[str] = (),
    kind: str = "ECOSYSTEM",
    **more: object,
) -> Json:
    """An affected package; without events it has no range."""
    ranges = [{"type": kind, "events": list(events)}] if events else []
    return {
        "package": {"ecosystem": ecosystem, "name": name},
        "ranges": ranges,
        "versions": list(versions),
        **more,
    }


def below(ecosystem: str, name: str, fixed: str, **more: object) -> Json:
    """A package of which everything below `fixed` is affected."""
    entry = affected(ecosystem, name, {"introduced": "0"}, {"fixed": fixed})
    return {**entry, **more}


def record(name: str, *packages: Json, **more: object) -> Json:
    """A record that affects these packages."""
    return {"id": name, "modified": "2025-01-01T00:00:00Z", "affected": list(packages), **more}


def write(path: Path, records: Iterable[Json]) -> Path:
    """A file with a record a line."""
    path.write_text("".join(json.dumps(each) + "\n" for each in records), encoding="utf-8")
    return path


def compiled(folder: Path, *records: Json) -> Compiled:
    """The database that these records compile to."""
    return compile_database([write(folder / "records.jsonl", records)], folder / "advisories.db")


def opened(folder: Path, *records: Json) -> Advisories:
    """The same, opened; close it."""
    return Advisories.open(compiled(folder, *records).path)


def package(kind: str, name: str, version: str, **more: str) -> Package:
    """An installed package."""
    return Package(
        name=name, version=version, type=kind, purl=f"pkg:{kind}/{name}@{version}", **more
    )


def inventory(*packages: Package, system: str | None = None) -> Inventory:
    """An inventory of packages on `system`, such as `debian 12.15`."""
    name, _, version = (system or "").partition(" ")
    return Inventory(
        tool="trivy",
        tool_version="0.76.0",
        os=OperatingSystem(id=name, version=version) if system else None,
        packages=packages,
        unidentified=0,
    )
