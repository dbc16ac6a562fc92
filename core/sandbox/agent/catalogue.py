"""The second stage: a cataloger reads the image in its cage, and an inventory comes out.

The inventory is looked at only as far as needed to say that it is one, who made it and how long it
is; the app validates it. How a cataloger failed is told by its limits where it hit one, otherwise
it crashed: it is a program that met hostile input.
"""

import hashlib
import signal
from dataclasses import dataclass
from typing import Literal

import msgspec

from core.domain.values import Artifact, FailureCause, NotApplicableCause
from core.sandbox.agent.cage import Folders, caged
from core.sandbox.agent.child import Ended, run
from core.sandbox.agent.settings import CageKind, Tool
from core.sandbox.interface import MIB, Limits
from core.sandbox.outcomes import clean

_LAUNCHERS = ("prlimit:", "bwrap:")
_KILLED = (-signal.SIGKILL, 128 + signal.SIGKILL)
"""Not by us: so by the kernel, which does that when memory runs out. Bubblewrap adds the 128."""
_OUT_OF_TIME = (-signal.SIGXCPU, 128 + signal.SIGXCPU)
_OUT_OF_MEMORY = ("out of memory", "cannot allocate memory", "memoryerror", "std::bad_alloc")
_OUT_OF_SPACE = ("no space left on device", "file too large")
_LAST_WORDS = ("fatal error: ", "panic: ")
"""What a Go program begins its last words with; a trace of its stack comes after them."""
_MAX_QUOTE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """What the cataloger listed."""

    content: bytes
    """CycloneDX JSON, as the cataloger wrote it."""
    artifact: Artifact
    packages: int
    version: str
    """Of the cataloger, as it says itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoInventory:
    """Why there is none."""

    cause: NotApplicableCause | FailureCause
    message: str


class _Program(msgspec.Struct, frozen=True):
    version: str = ""


class _Programs(msgspec.Struct, frozen=True):
    components: list[_Program] = []


class _Metadata(msgspec.Struct, frozen=True):
    tools: _Programs | list[_Program] = []


class _Sbom(msgspec.Struct, frozen=True):
    format: Literal["CycloneDX"] = msgspec.field(name="bomFormat")
    metadata: _Metadata = _Metadata()
    components: list[msgspec.Raw] = []


async def catalogue(
    tool: Tool, folders: Folders, limits: Limits, kind: CageKind
) -> Inventory | NoInventory:
    """List the packages of the image. Takes as long as the cataloger: the caller sets the time."""
    with caged(tool, folders, limits, kind) as command:
        ended = await run(command, max_output=limits.sbom_bytes)
    if ended.too_long:
        return _too_large(f"its inventory is longer than {limits.sbom_bytes} bytes")
    if ended.code != 0:
        return _failure(tool, ended, limits)
    return _inventory(tool, ended.output, limits)


def _inventory(tool: Tool, output: bytes, limits: Limits) -> Inventory | NoInventory:
    try:
        sbom = msgspec.json.decode(output, type=_Sbom)
    except (ValueError, RecursionError) as error:
        return NoInventory(
            cause=FailureCause.CATALOGER_CRASHED,
            message=f"{tool.name} wrote no CycloneDX: {clean(str(error), _MAX_QUOTE)}",
        )
    if len(sbom.components) > limits.packages:
        return _too_large(f"it has more than {limits.packages} packages")
    tools = sbom.metadata.tools
    programs = tools.components if isinstance(tools, _Programs) else tools
    return Inventory(
        content=output,
        artifact=Artifact(sha256=hashlib.sha256(output).hexdigest(), size=len(output)),
        packages=len(sbom.components),
        version=clean(programs[0].version) if programs else "",
    )


def _too_large(why: str) -> NoInventory:
    return NoInventory(
        cause=NotApplicableCause.TOO_LARGE, message=f"The image is too large: {why}."
    )


def _failure(tool: Tool, ended: Ended, limits: Limits) -> NoInventory:
    """A cause from how the cataloger ended, and from what it said last where that is not enough.

    What it says may have been put into its mouth; that can make one failure look like another.
    """
    cause, why = _cause(ended, limits)
    return NoInventory(cause=cause, message=f"{tool.name} {why}.")


def _cause(ended: Ended, limits: Limits) -> tuple[FailureCause, str]:
    complaint = ended.complaint.lower()
    said = _quoted(ended.complaint)
    if complaint.startswith(_LAUNCHERS):
        return FailureCause.INTERNAL, f"could not be locked in, so it was not started: {said}"
    if any(sign in complaint for sign in _OUT_OF_SPACE):
        scratch = limits.scratch_bytes // MIB
        return FailureCause.OUT_OF_MEMORY, f"needs more than {scratch} MiB of scratch space"
    if ended.code in _KILLED or any(sign in complaint for sign in _OUT_OF_MEMORY):
        memory = limits.memory_bytes // MIB
        return FailureCause.OUT_OF_MEMORY, f"ran out of memory; it may use {memory} MiB"
    if ended.code in _OUT_OF_TIME:
        return FailureCause.TIMEOUT, "used up all its processor time"
    return FailureCause.CATALOGER_CRASHED, f"ended with code {ended.code}, having said: {said}"


def _quoted(complaint: str) -> str:
    """Why it ended, as it said: at the end, unless a trace of its stack follows."""
    starts = (complaint.find(sign) for sign in _LAST_WORDS)
    start = min((start for start in starts if start >= 0), default=-_MAX_QUOTE)
    return clean(complaint[start:][:_MAX_QUOTE], _MAX_QUOTE) or "nothing"
