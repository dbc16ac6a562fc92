"""Answers pipelines: may this image go on?

By digest the answer is about that image. By tag it is about the image to which the tag points as
far as the registry has told, and it names its digest: whoever deploys should deploy that.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace

from core.access.scope import Scope
from core.answers.gate import GateAnswer
from core.domain.ids import image_stream, tag_stream
from core.domain.image import IMAGE
from core.domain.tag import TAG
from core.domain.values import Freshness, Health, ImageName
from core.enrolment.enrolment import Enrolment, NotEnrolled
from core.exports.reading import Reader
from core.gate.decision import Judged, Part, decide
from core.gate.policy import read_question
from core.gate.shown import Known, answer_of
from core.log.handle import current
from core.log.interface import EventLog
from core.projections.cells import number, text
from core.projections.index_rows import children_of
from core.query.parameters import Parameters
from core.query.standing import Standings
from core.registry.references import ImageReference
from core.storage.interface import Artifacts, Cells

type RowOf = Callable[[ImageName], Awaitable[Cells | None]]
"""The row of an image, or `None` where there is no such image."""


class Gate:
    """Answers from the images' view and the blobs that it names."""

    def __init__(
        self,
        log: EventLog,
        standings: Standings,
        artifacts: Artifacts,
        enrolment: Enrolment,
    ) -> None:
        self._log = log
        self._standings = standings
        self._reader = Reader(artifacts, None, packages=False)
        self._enrolment = enrolment

    async def ask(self, document: bytes, given: Mapping[str, str], scope: Scope) -> GateAnswer:
        """The answer to a question. InvalidInput when it makes no sense. What the scope does not
        hold is answered as if nobody had heard of it."""
        standing = self._standings.of(Parameters(given, known=frozenset()))
        question = read_question(document)
        if not scope.holds(question.image.registry, question.image.repository):
            digest = question.image.digest
            meant = question.image.at(digest) if digest else None
            unheard = [Part(image=meant, known=False)]
            return answer_of(question, meant, Known(), decide(unheard, question.policy))
        trust = await standing.trust()
        image = await self._named(question.image)
        cells = None if image is None else await self._standings.cells(standing, image)
        if image is None or cells is None:
            parts = [await self._unknown(image, question.image.registry)]
            return answer_of(question, image, Known(), decide(parts, question.policy))

        async def row_of(name: ImageName) -> Cells | None:
            return await self._standings.cells(standing, name)

        parts = [part async for part in self._parts(image, cells, row_of, {image.digest})]
        shard = self._standings.shard_of(image_stream(image))
        known = Known(
            health=Health(text(cells, "health")),
            freshness=trust.freshness(shard, cells),
            assessed_at=text(cells, "completed_at") or None,
        )
        return answer_of(question, image, known, decide(parts, question.policy))

    async def _named(self, reference: ImageReference) -> ImageName | None:
        """The image that is meant: a digest wins over a tag beside it."""
        if reference.digest is not None or reference.tag is None:
            return reference.at(reference.digest) if reference.digest else None
        stream = tag_stream(reference.registry, reference.repository, reference.tag)
        tag = await current(self._log, TAG, stream)
        return None if tag.digest is None else reference.at(tag.digest)

    async def _unknown(self, image: ImageName | None, registry: str) -> Part:
        """An image that no view shows: it may come, unless somebody knows better."""
        enrolled = await self._enrolment.by_login_server(registry)
        if isinstance(enrolled, NotEnrolled):
            reason = f"Its registry is not enrolled: {enrolled.reason}"
            return Part(image=image, known=False, refusal=reason)
        if image is not None:
            state = await current(self._log, IMAGE, image_stream(image))
            if state.name is not None and not state.present:
                return Part(image=image, known=False, refusal="It was deleted from its registry.")
        return Part(image=image, known=False)

    async def _parts(
        self, image: ImageName, cells: Cells, row_of: RowOf, seen: set[str]
    ) -> AsyncIterator[Part]:
        """The image; or those that an index lists, each once."""
        if "children" not in cells:
            yield await self._part(image, cells)
            return
        for digest in children_of(cells):
            if digest in seen:
                continue
            seen.add(digest)
            child = replace(image, digest=digest)
            row = await row_of(child)
            if row is None:
                yield Part(image=child, known=False)
                continue
            async for part in self._parts(child, row, row_of, seen):
                yield part

    async def _part(self, image: ImageName, cells: Cells) -> Part:
        inspected = await self._reader.image(cells)
        platform = text(cells, "platform") or None
        return Part(
            image=image,
            assessed=inspected is not None,
            left_out=number(cells, "uncompared") + number(cells, "unidentified"),
            cause=text(cells, "cause"),
            failure=text(cells, "failure"),
            message=text(cells, "message"),
            scanning=text(cells, "freshness") == Freshness.DELAYED,
            findings=[
                Judged(finding=one.finding, image=image, platform=platform, rule=one.rule)
                for one in (inspected.findings if inspected else ())
            ],
        )
