"""A program as the Go linker leaves it, as far as catalogers look: an ELF file with the record of
the modules that it was built from.

No Go compiler is needed, because `go version -m` and its like read only this record: a section
`.go.buildinfo` with a header of 32 bytes, then Go's version and the modules, each with its length
in front (the inline form of Go 1.18 and later).

Sources: Go's package debug/buildinfo; the ELF-64 object file format.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

_MAGIC = b"\xff Go buildinf:"
_POINTER_SIZE = 8
_INLINE_STRINGS = 2
_FRAME = bytes(range(16))
"""The linker frames the list of modules with 16 bytes that a reader skips, whatever they are."""

_BASE = 0x400000
_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_SEGMENT = struct.Struct("<IIQQQQQQ")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_NAMES = b"\x00.go.buildinfo\x00.shstrtab\x00"
_MACHINES = {"amd64": 62, "arm64": 183}
_ALIGNMENT = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A Go module at one version."""

    path: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoProgram:
    """What a Go program says of itself."""

    go: str
    """The toolchain, `go1.19.5`: hence the version of the standard library."""
    main: Module
    dependencies: Sequence[Module] = ()
    architecture: str = "amd64"


def elf(program: GoProgram) -> bytes:
    """The program's file: two headers, the record as its only content, and a table of sections."""
    record = _record(program)
    start = _HEADER.size + _SEGMENT.size
    start += -start % _ALIGNMENT
    names_at = start + len(record)
    sections_at = names_at + len(_NAMES)
    identity = b"\x7fELF" + bytes([2, 1, 1])
    header = _HEADER.pack(
        identity,
        2,  # an executable
        _MACHINES[program.architecture],
        1,
        _BASE + start,
        _HEADER.size,
        sections_at,
        0,
        _HEADER.size,
        _SEGMENT.size,
        1,
        _SECTION.size,
        3,
        2,  # the section that holds the names of sections
    )
    size = names_at
    segment = _SEGMENT.pack(1, 6, 0, _BASE, _BASE, size, size, 0x1000)  # loaded, writable
    content = (header + segment).ljust(start, b"\x00") + record + _NAMES
    return content + _sections(start, len(record), names_at)


def _sections(record_at: int, record_size: int, names_at: int) -> bytes:
    none = bytes(_SECTION.size)
    name = _NAMES.index(b".go.buildinfo")
    record = _SECTION.pack(
        name, 1, 3, _BASE + record_at, record_at, record_size, 0, 0, _ALIGNMENT, 0
    )
    name = _NAMES.index(b".shstrtab")
    return none + record + _SECTION.pack(name, 3, 0, 0, names_at, len(_NAMES), 0, 0, 1, 0)


def _record(program: GoProgram) -> bytes:
    header = _MAGIC + bytes([_POINTER_SIZE, _INLINE_STRINGS])
    modules = _FRAME + _modules(program).encode() + _FRAME
    return header.ljust(32, b"\x00") + _prefixed(program.go.encode()) + _prefixed(modules)


def _modules(program: GoProgram) -> str:
    """The text that `go version -m` prints, tabs and all."""
    main = program.main
    lines = [f"path\t{main.path}", f"mod\t{main.path}\t{main.version}\t"]
    lines += [f"dep\t{module.path}\t{module.version}\t" for module in program.dependencies]
    settings = {"-compiler": "gc", "CGO_ENABLED": "0", "GOARCH": program.architecture}
    lines += [f"build\t{name}={value}" for name, value in {**settings, "GOOS": "linux"}.items()]
    return "".join(f"{line}\n" for line in lines)


def _prefixed(content: bytes) -> bytes:
    """The content behind its length, seven bits a byte, least first."""
    length, prefix = len(content), bytearray()
    while length > 0x7F:
        prefix.append(length & 0x7F | 0x80)
        length >>= 7
    prefix.append(length)
    return bytes(prefix) + content
