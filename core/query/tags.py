"""A tag's history: which digest it pointed to, and since when."""

from collections.abc import Mapping

from core.answers.catalogue import TagHistory, TagMoment
from core.domain.events import TagPointed
from core.domain.ids import tag_stream
from core.domain.values import is_registry, is_repository, is_tag
from core.errors import InvalidInput
from core.projections.cells import instant
from core.query.parameters import AS_OF, Parameters
from core.query.standing import Standings


class TagQueries:
    """Answers about tags."""

    def __init__(self, standings: Standings) -> None:
        self._standings = standings

    async def history(self, given: Mapping[str, str]) -> TagHistory | None:
        """Where a tag of a repository pointed, the latest first; `None` where there is no such
        tag."""
        asked = Parameters(given, known=frozenset({"registry", "repository", "tag", AS_OF}))
        registry, repository = asked.text("registry") or "", asked.text("repository") or ""
        tag = asked.text("tag") or ""
        if not (is_registry(registry) and is_repository(repository) and is_tag(tag)):
            raise InvalidInput("give the registry, the repository and the tag, all by their names")
        if not self._standings.scope.holds(registry, repository):
            return None
        stream = tag_stream(registry, repository, tag)
        history = await self._standings.of(asked).history(stream)
        pointed = [one.event for one in history if isinstance(one.event, TagPointed)]
        if not pointed:
            return None
        return TagHistory(
            registry=registry,
            repository=repository,
            tag=tag,
            value=[
                TagMoment(
                    pointed_at=instant(one.pointed_at), digest=one.digest, previous=one.previous
                )
                for one in reversed(pointed)
            ],
        )
