"""The examples in the project's documents: what they ask, and what they say comes back.

A request is a block `http`; the block behind it is the answer, `json` or `csv`, with the status
where that is not 200. Of an answer only a part need be shown: objects may have further fields,
lists further elements, and `…` stands for any text.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
REST = "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A piece of code in a document."""

    document: str
    line: int
    language: str
    more: str
    """What stands behind the language."""
    text: str

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A request, and the part of its answer that is shown."""

    where: Block
    method: str
    target: str
    shown: Block
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def status(self) -> int:
        """The status of the answer."""
        return int(self.shown.more or 200)

    def unlike(self, content: bytes) -> str:
        """Where an answer differs from what is shown; empty where it does not."""
        if self.shown.language == "json":
            return _unlike(json.loads(self.shown.text), json.loads(content), "$")
        lines = content.decode().splitlines()
        missing = [line for line in self.shown.text.splitlines() if not _any(line, lines)]
        return f"no line is {missing[0]}" if missing else ""


def blocks(document: str) -> Iterator[Block]:
    """All pieces of code of a document."""
    for token in MarkdownIt().parse((ROOT / document).read_text(encoding="utf-8")):
        if token.type == "fence" and token.map:
            language, _, more = token.info.partition(" ")
            yield Block(
                document=document,
                line=token.map[0] + 1,
                language=language,
                more=more,
                text=token.content,
            )


def python_of(document: str, *, app: str) -> str:
    """The one piece of Python in a document, for an app at that address."""
    [shown] = [one for one in blocks(document) if one.language == "python"]
    return shown.text.replace("https://<app>", app)


def examples(document: str) -> Iterator[Example]:
    """The requests of a document, in its order."""
    found = list(blocks(document))
    for asked, shown in pairwise(found):
        if asked.language == "http":
            head, _, body = asked.text.partition("\n\n")
            first, *headers = head.splitlines()
            method, _, target = first.partition(" ")
            yield Example(
                where=asked,
                method=method,
                target=target,
                shown=shown,
                headers=dict(line.split(": ", 1) for line in headers),
                body=body.encode(),
            )


def _unlike(shown: object, told: object, place: str) -> str:
    match shown, told:
        case dict(), dict():
            wrong = (
                _unlike(value, told[name], f"{place}.{name}")
                if name in told
                else f"{place} has no {name}; it has {', '.join(told)}"
                for name, value in shown.items()
            )
            return next(filter(None, wrong), "")
        case list(), list():
            return next((why for one in shown if (why := _missing(one, told, place))), "")
        case str(), str() if _fits(shown, told):
            return ""
        case _:
            same = type(shown) is type(told) and shown == told
            return "" if same else f"{place} is {told!r}, not {shown!r}"


def _missing(shown: object, told: list[object], place: str) -> str:
    """Why no element of a list is as it is shown."""
    whys = [_unlike(shown, one, f"{place}[]") for one in told]
    return "" if "" in whys else (whys or [f"{place} is empty"])[0]


def _any(line: str, lines: list[str]) -> bool:
    return any(_fits(line, one) for one in lines)


def _fits(shown: str, told: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, shown.split(REST))), told, re.DOTALL) is not None
