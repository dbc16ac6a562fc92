"""What the database holds, kept in step with the images that it is told of. Blocks: call it in a
thread, one call at a time."""

import itertools
from collections.abc import Iterable, Mapping, Sequence

from core.advisories.exploitation import Exploitations
from core.azure_shapes.subjects import ImageFacts
from core.domain.findings import Exploitation
from core.domain.ids import StreamId
from core.domain.values import ImageName
from core.registry.references import RegistryResource
from core.resource_graph.database import Change, Database, Parameter
from core.resource_graph.images import PartKey, Told, part_body
from core.resource_graph.resources import Resource

_NOTHING = Exploitation()
_SOMEWHERE = ImageFacts(
    registry=RegistryResource(subscription="", resource_group="", name=""),
    image=ImageName(registry="", repository="", digest=""),
    tags=(),
    media_type="",
    distribution="",
    pushed_at="",
    assessed_at="",
    healthy=False,
)
"""An image for what is the same in all of them."""

_PARTS = "INSERT INTO parts SELECT unnest($parts), CAST(unnest($bodies) AS JSON)"
_FOUND = """INSERT INTO found
    SELECT unnest($subjects), unnest($parts), CAST(unnest($names) AS UUID)"""
_FORGET = (
    "DELETE FROM found WHERE list_contains($subjects, subject)",
    "DELETE FROM subjects WHERE list_contains($subjects, subject)",
)


class Contents:
    """The rows of the database, by the images that they are of."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._numbers = itertools.count(1)
        self._parts: dict[PartKey, int] = {}
        self._known: dict[PartKey, Exploitation] = {}
        self._subjects: dict[StreamId, tuple[int, ...]] = {}

    def clear(self) -> None:
        """Forget all images."""
        tables = ("found", "subjects", "parts", "resources")
        self._database.change([Change(statement=f"DELETE FROM {one}") for one in tables])
        self._parts, self._known, self._subjects = {}, {}, {}

    def tell(
        self, images: Sequence[Told], gone: Iterable[StreamId], known: Exploitations | None
    ) -> None:
        """Take the place of what was told of these images before; forget those that are gone."""
        streams = {one.stream for one in images}
        old = [number for stream in {*streams, *gone} for number in self._subjects.get(stream, ())]
        numbers = {one.stream: [next(self._numbers) for _ in one.subjects] for one in images}
        parts = dict.fromkeys(
            part for one in images for _, part, _ in one.entries if part not in self._parts
        )
        news = {part: next(self._numbers) for part in parts}
        told = {part: _exploitation(part, known) for part in news}
        forget = [Change(statement=one, parameters={"subjects": old}) for one in _FORGET if old]
        self._database.change(
            [
                *forget,
                *_part_rows(news, told),
                *_subject_rows(images, numbers),
                *_found_rows(images, numbers, {**self._parts, **news}),
            ]
        )
        self._parts |= news
        self._known |= told
        for stream in gone:
            self._subjects.pop(stream, None)
        self._subjects |= {stream: tuple(given) for stream, given in numbers.items()}

    def exploit(self, known: Exploitations | None) -> None:
        """Take over what is known of exploitation by now."""
        told = {part: _exploitation(part, known) for part in self._parts}
        news = {part: one for part, one in told.items() if one != self._known[part]}
        if not news:
            return
        numbers = {part: self._parts[part] for part in news}
        forget = Change(
            statement="DELETE FROM parts WHERE list_contains($parts, part)",
            parameters={"parts": list(numbers.values())},
        )
        self._database.change([forget, *_part_rows(numbers, news)])
        self._known |= news

    def keep(self, resources: Iterable[Resource]) -> None:
        """Have these rows in place of all that are kept as they are."""
        rows = list(resources)
        columns: dict[str, Parameter] = {
            "keys": [one.key for one in rows],
            "sources": [one.source for one in rows],
            "ids": [one.id for one in rows],
            "names": [one.name for one in rows],
            "types": [one.type for one in rows],
            "locations": [one.location for one in rows],
            "groups": [one.resource_group for one in rows],
            "subscriptions": [one.subscription for one in rows],
            "registries": [one.registry for one in rows],
            "bodies": [one.body for one in rows],
        }
        insert = """INSERT INTO resources SELECT CAST(unnest($keys) AS UUID), unnest($sources),
            unnest($ids), unnest($names), unnest($types), '', unnest($locations), unnest($groups),
            unnest($subscriptions), unnest($registries), CAST(unnest($bodies) AS JSON)"""
        news = [Change(statement=insert, parameters=columns)] if rows else []
        self._database.change([Change(statement="DELETE FROM resources"), *news])


def _exploitation(part: PartKey, known: Exploitations | None) -> Exploitation:
    if known is None or part.finding is None:
        return _NOTHING
    return known.of(part.finding.cves)


def _part_rows(
    parts: Mapping[PartKey, int], known: Mapping[PartKey, Exploitation]
) -> Sequence[Change]:
    if not parts:
        return ()
    bodies = [part_body(part, known[part], _SOMEWHERE).decode() for part in parts]
    parameters: dict[str, Parameter] = {"parts": list(parts.values()), "bodies": bodies}
    return (Change(statement=_PARTS, parameters=parameters),)


def _subject_rows(
    images: Sequence[Told], numbers: Mapping[StreamId, Sequence[int]]
) -> Sequence[Change]:
    told = [
        (number, subject, one.facts)
        for one in images
        for number, subject in zip(numbers[one.stream], one.subjects, strict=True)
    ]
    if not told:
        return ()
    parameters: dict[str, Parameter] = {
        "subjects": [number for number, _, _ in told],
        "roots": [subject.root for _, subject, _ in told],
        "details": [subject.details for _, subject, _ in told],
        "named": [int(subject.named) for _, subject, _ in told],
        "subscriptions": [facts.registry.subscription for _, _, facts in told],
        "groups": [facts.registry.resource_group for _, _, facts in told],
        "registries": [facts.image.registry for _, _, facts in told],
        "repositories": [facts.image.repository for _, _, facts in told],
        "bodies": [subject.body.decode() for _, subject, _ in told],
    }
    insert = """INSERT INTO subjects SELECT unnest($subjects), unnest($roots), unnest($details),
        CAST(unnest($named) AS BOOLEAN), unnest($subscriptions), unnest($groups),
        unnest($registries), unnest($repositories), CAST(unnest($bodies) AS JSON)"""
    return (Change(statement=insert, parameters=parameters),)


def _found_rows(
    images: Sequence[Told],
    numbers: Mapping[StreamId, Sequence[int]],
    parts: Mapping[PartKey, int],
) -> Sequence[Change]:
    subjects: list[int] = []
    found: list[int] = []
    names: list[str] = []
    for one in images:
        keys = [(subject.key, subject.healthy) for subject in one.subjects]
        by_key = dict(zip(keys, numbers[one.stream], strict=True))
        for key, part, name in one.entries:
            subjects.append(by_key[key, part.finding is None])
            found.append(parts[part])
            names.append(name)
    if not names:
        return ()
    parameters: dict[str, Parameter] = {"subjects": subjects, "parts": found, "names": names}
    return (Change(statement=_FOUND, parameters=parameters),)
