"""Exports of an image, and of all images of a registry, a repository or a subscription.

An answer of the Functions host is whole before its first byte leaves. So an export of many images
comes in pages, each of whole images and of bounded size, and each a valid document; pages of CSV
and of JSON Lines are one document when they are put behind each other.
`docs/adr/0014-exports.md` says why so.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode

from core.domain.values import ImageName
from core.errors import NotNow
from core.exports.forms import form_of
from core.exports.interface import Export, Form, Inspected
from core.exports.reading import Reader
from core.projections.cells import text
from core.query.documents import Document
from core.query.images import where_of
from core.query.parameters import AS_OF, Parameters, known
from core.query.standing import Standings
from core.scanning.exploited import KnownExploitation
from core.storage.interface import Artifacts, Cells

MOST = 10_000
"""Findings after which a page ends, with the row that it has begun: some ten megabytes."""
_ROWS = 10
"""Images that are read at a time, and so the most by which a page is longer than it should be."""
_LOOKS = 200
"""Times that one request asks the table, while a filter lets nothing pass."""
_FILTERS = ("registry", "repository", "subscription")


class Exports:
    """Answers with documents. Methods give `None` where there is no such image."""

    def __init__(
        self, standings: Standings, artifacts: Artifacts, exploitation: KnownExploitation
    ) -> None:
        self._standings = standings
        self._artifacts = artifacts
        self._exploitation = exploitation

    async def one(
        self, image: ImageName, given: Mapping[str, str], accept: str | None
    ) -> Document | None:
        """All that is known of an image, and of those that it lists if it is an index. NotNow while
        nothing is: an empty document would say that it is clean."""
        asked = Parameters(given, known=frozenset({"format", AS_OF}))
        form, standing = form_of(given, accept), self._standings.of(asked)
        cells = await self._standings.cells(standing, image)
        if cells is None:
            return None
        reader = await self._reader(asked, form)

        async def row_of(name: ImageName) -> Cells | None:
            return await self._standings.cells(standing, name)

        images = [one async for one in reader.with_children(cells, row_of)]
        if not images:
            health = text(cells, "health")
            raise NotNow(f"{image} has no findings to export: it is {health}; its scan says why")
        return await _document(form, _export(str(image), asked, images))

    async def page(self, given: Mapping[str, str], accept: str | None) -> Document:
        """A page of the images that have findings to tell, in a stable order."""
        asked = Parameters(given, known=known(*_FILTERS, "format", AS_OF))
        form, standing = form_of(given, accept), self._standings.of(asked)
        where, paging = where_of(asked), asked.paging()
        reader, token = await self._reader(asked, form), paging.token
        found: list[Inspected] = []
        for _ in range(_LOOKS):
            least = min(_ROWS, paging.limit - len(found))
            page = await standing.images.scan(where, limit=least, token=token)
            token = page.token
            read = await asyncio.gather(*(reader.image(row.cells) for row in page.rows))
            found += [one for one in read if one is not None]
            many = sum(len(one.findings) for one in found)
            if token is None or len(found) >= paging.limit or many >= MOST:
                break
        export = _export(_name(asked), asked, found, first=paging.token is None)
        following = None if token is None else _following(given, asked.seal(token))
        return await _document(form, export, following)

    async def _reader(self, asked: Parameters, form: Form) -> Reader:
        moment = asked.moment(AS_OF)
        exploited = self._exploitation
        exploitations = await (exploited.as_of(moment) if moment else exploited.now())
        return Reader(self._artifacts, exploitations, packages=form.packages)


def _export(name: str, asked: Parameters, images: list[Inspected], *, first: bool = True) -> Export:
    moment = asked.moment(AS_OF) or datetime.now(UTC)
    return Export(name=name, moment=moment, images=tuple(images), first=first)


async def _document(form: Form, export: Export, following: str | None = None) -> Document:
    """The document; writing one takes seconds, and others ask questions meanwhile."""
    return Document(
        content=await asyncio.to_thread(form.write, export),
        media_type=form.media_type,
        file_name=f"findings.{form.extension}",
        next=following,
    )


def _name(asked: Parameters) -> str:
    """What was asked of the fleet, in words."""
    filters = [f"{name} {value}" for name in _FILTERS if (value := asked.text(name)) is not None]
    return "images" + "".join(f", {one}" for one in filters)


def _following(given: Mapping[str, str], token: str) -> str:
    """The address of the next page."""
    return f"/api/export?{urlencode({**given, 'continuationToken': token})}"
