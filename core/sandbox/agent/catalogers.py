"""How each cataloger is run: its command, its environment, and the files it insists on.

Neither tool may talk to anyone. Both phone home unless told not to, and Trivy refuses an image with
a Java archive unless it finds its database of Java archives, which it would download: an empty one
satisfies it (archives that name their own Maven coordinates are listed, others are not).
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from core.sandbox.agent.settings import Tool
from core.sandbox.interface import CatalogerName, Limits

_EMPTY_JAVA_DATABASE = """
    create table artifacts (id integer primary key, group_id text, artifact_id text);
    create table indices (artifact_id integer, version text, sha1 blob, archive_type text);
"""
_JAVA_DATABASE_METADATA = {
    "Version": 1,
    "NextUpdate": "2999-01-01T00:00:00Z",
    "UpdatedAt": "2026-01-01T00:00:00Z",
    "DownloadedAt": "2026-01-01T00:00:00Z",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One run of a cataloger over one image layout."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    seeds: Mapping[str, bytes] = field(default_factory=dict)
    """Files it expects to find in its scratch folder, by their path below it."""


def invocation(
    tool: Tool, image: Path, scratch: Path, memory: int = Limits().memory_bytes
) -> Invocation:
    """How `tool` lists the packages of the OCI layout at `image`, as CycloneDX on its output.

    It is told to tidy up its `memory` (bytes) before that is used up, as Go does only if asked to.
    """
    environment = {
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "PATH": "/nowhere",
        "GOMEMLIMIT": str(memory * 3 // 4),
    }
    match tool.name:
        case CatalogerName.TRIVY:
            return Invocation(
                command=(*tool.program, *_trivy(image, scratch)),
                environment=environment
                | {"TRIVY_DISABLE_TELEMETRY": "true", "TRIVY_SKIP_VERSION_CHECK": "true"},
                seeds=_java_database(),
            )
        case CatalogerName.SYFT:
            return Invocation(
                command=(
                    *tool.program,
                    "--quiet",
                    "--output",
                    "cyclonedx-json",
                    f"oci-dir:{image}",
                ),
                environment=environment | {"SYFT_CHECK_FOR_APP_UPDATE": "false"},
            )


def _trivy(image: Path, scratch: Path) -> tuple[str, ...]:
    return (
        "image",
        "--input",
        str(image),
        "--format",
        "cyclonedx",
        "--cache-dir",
        str(scratch / "trivy"),
        "--cache-backend",
        "memory",
        "--skip-java-db-update",
        "--offline-scan",
        "--quiet",
    )


def _java_database() -> dict[str, bytes]:
    """An empty database of Java archives, in the form Trivy 0.76 reads (schema 1)."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript(_EMPTY_JAVA_DATABASE)
        return {
            "trivy/java-db/trivy-java.db": connection.serialize(),
            "trivy/java-db/metadata.json": msgspec.json.encode(_JAVA_DATABASE_METADATA),
        }
    finally:
        connection.close()
