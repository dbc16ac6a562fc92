"""The tables of Resource Graph that have rows here, as the database puts them together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.resource_graph.kql.syntax import Type
from core.resource_graph.kql.values import Bound, Demand, Path, Table, TableColumn, Wanted, pointer

type Pairs = frozenset[tuple[str, str]]

_COLUMNS = (
    ("id", Type.STRING),
    ("name", Type.STRING),
    ("type", Type.STRING),
    ("tenantId", Type.STRING),
    ("kind", Type.STRING),
    ("location", Type.STRING),
    ("resourceGroup", Type.STRING),
    ("subscriptionId", Type.STRING),
    ("managedBy", Type.STRING),
    *((name, Type.DYNAMIC) for name in ("sku", "plan", "properties", "tags", "identity", "zones")),
    ("extendedLocation", Type.DYNAMIC),
)
COLUMNS = tuple(
    TableColumn(name=name, type=type_, folded=name == "type") for name, type_ in _COLUMNS
)
"""The columns of every table, in Azure's order."""

TENANT = "00000000-0000-0000-0000-000000000000"
"""Nobody here asks which tenant a subscription is of."""

SUB_ASSESSMENT = "microsoft.security/assessments/subassessments"
"""The type of a sub-assessment's row. Types are in lower case in Resource Graph."""

_SOME_ID = "(root || '00000000-0000-8000-8000-000000000000')"
"""The id of any of an image's sub-assessments."""
_DETAILS = ("properties", "resourceDetails")
_SHARED = frozenset(
    {
        ("properties",),
        ("properties", "additionalData"),
        ("properties", "additionalData", "softwareDetails"),
    }
)
"""The properties of a sub-assessment of which the finding has a part, and the image another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visible:
    """Which rows a query sees."""

    subscriptions: frozenset[str] | None = None
    """Of these subscriptions, in lower case; `None` for all."""
    registries: frozenset[str] | None = None
    """Of registries, by login server, those that are seen as a whole; `None` for all, and for what
    is no registry's."""
    repositories: Pairs | None = None
    """Of repositories, each with its registry's login server, those that are seen; `None` for
    all."""

    def of_registries(self, bound: Bound) -> str:
        """SQL that holds for what is seen of what is said of registries and subscriptions."""
        seen = () if self.registries is None else (_within("registry", bound, self.registries),)
        return " AND ".join((*self._of_subscriptions(bound), *seen)) or "true"

    def of_repositories(self, bound: Bound) -> str:
        """SQL that holds for what is seen of what is said of images."""
        pairs = [f"{registry}/{name}" for registry, name in self.repositories or ()]
        place = "registry || '/' || repository"
        seen = () if self.repositories is None else (_within(place, bound, pairs),)
        return " AND ".join((*self._of_subscriptions(bound), *seen)) or "true"

    def _of_subscriptions(self, bound: Bound) -> Sequence[str]:
        if self.subscriptions is None:
            return ()
        return (_within("subscription", bound, self.subscriptions),)


def _within(sql: str, bound: Bound, values: Sequence[str] | frozenset[str]) -> str:
    return f"list_contains({bound.texts(sorted(values))}, {sql})"


def tables_seen(visible: Visible) -> Mapping[str, Table]:
    """The tables by name, in lower case, with those rows that are seen."""
    names = ("resources", "resourcecontainers")
    plain = {name: Resources(source=name, visible=visible) for name in names}
    return {**plain, "securityresources": SecurityResources(visible=visible)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """A table whose rows are kept as they are."""

    source: str
    visible: Visible
    columns: Sequence[TableColumn] = COLUMNS

    def rows(self, use: Wanted, bound: Bound, only: str | None) -> str:
        texts = ("id", "name", "type", f"'{TENANT}'", "kind", "location", "resource_group")
        selected = [
            f"key AS {use.key}",
            *(f"{sql} AS {use.column(at)}" for at, sql in enumerate(texts)),
            f"subscription AS {use.column(7)}",
            f"'' AS {use.column(8)}",
            *(_of(demand, "body", bound) for demand in use.demanded),
            *(f"{one.sql.format(id='id')} AS {one.column}" for one in use.derived),
        ]
        seen = self.visible.of_registries(bound)
        return (
            f"SELECT {', '.join(selected)} FROM resources"
            f" WHERE source = '{self.source}' AND {seen}{_only('key', only)}"
        )


def _of(demand: Demand, body: str, bound: Bound) -> str:
    """A property, taken out of JSON."""
    function = "json_extract_string" if demand.as_text else "json_extract"
    where = bound.text(pointer(demand.path))
    return f"{function}({body}, {where}) AS {demand.column}"


def _only(key: str, only: str | None) -> str:
    return "" if only is None else f" AND {key} IN ({only})"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityResources:
    """`securityresources`: assessments and scores as they are, and sub-assessments put together.

    What is wanted of a finding or of an image is taken out of its JSON once, not once for every
    image that has the finding.
    """

    visible: Visible
    columns: Sequence[TableColumn] = COLUMNS

    def rows(self, use: Wanted, bound: Bound, only: str | None) -> str:
        plain = Resources(source="securityresources", visible=self.visible)
        return f"{plain.rows(use, bound, only)} UNION ALL {self._found(use, bound, only)}"

    def _found(self, use: Wanted, bound: Bound, only: str | None) -> str:
        name = "CAST(name AS VARCHAR)"
        texts = (f"root || {name}", name, f"'{SUB_ASSESSMENT}'", f"'{TENANT}'", "''", "'global'")
        selected = [
            f"name AS {use.key}",
            *(f"{sql} AS {use.column(at)}" for at, sql in enumerate(texts)),
            f"resource_group AS {use.column(6)}",
            f"subscription AS {use.column(7)}",
            f"'' AS {use.column(8)}",
            *(f"{_put_together(demand)} AS {demand.column}" for demand in use.demanded),
            *(one.column for one in use.derived),
        ]
        parts = _taken(use, bound, "p")
        subjects = _taken(use, bound, "i") + "".join(
            f", {one.sql.format(id=_SOME_ID)} AS {one.column}" for one in use.derived
        )
        seen = self.visible.of_repositories(bound)
        # What is left out goes first: else all that is found carries its JSON through both joins.
        chosen = "found" if only is None else f"(SELECT * FROM found WHERE name IN ({only}))"
        sides = (
            f"SELECT part{parts} FROM parts",
            "SELECT subject, root, details, named, subscription, resource_group"
            f"{subjects} FROM subjects WHERE {seen}",
        )
        part, subject = sides if only is not None else map(_beforehand, sides)
        return (
            f"SELECT {', '.join(selected)} FROM {chosen}"
            f" JOIN ({part}) USING (part) JOIN ({subject}) USING (subject)"
        )


def _beforehand(select: str) -> str:
    """The same rows, computed before they are joined. DuckDB likes to compute behind a join what is
    shown there, which here is once for everything that is found."""
    return f"WITH ready AS MATERIALIZED ({select}) SELECT * FROM ready"


def _taken(use: Wanted, bound: Bound, prefix: str) -> str:
    """The wanted properties of one side, as further columns."""
    return "".join(
        f", json_extract{'_string' if _is_text(demand) else ''}"
        f"(body, {bound.text(pointer(demand.path))}) AS {prefix}{demand.column}"
        for demand in use.demanded
    )


def _is_text(demand: Demand) -> bool:
    """Whether it is a text on either side: what must be put together is not."""
    return demand.as_text and demand.path not in _SHARED


def _put_together(demand: Demand) -> str:
    """A property of a sub-assessment, of which either side may know."""
    if demand.path[:2] == _DETAILS:
        return _details(demand.path[2:], as_text=demand.as_text)
    part, image = f"p{demand.column}", f"i{demand.column}"
    if demand.path not in _SHARED:
        return f"coalesce({part}, {image})"
    whole = f"kql_merge({part}, {image})"
    if demand.path == ("properties",):
        whole = f"kql_merge({whole}, json_object('resourceDetails', {_details((), as_text=False)}))"
    return f"({whole} ->> '$')" if demand.as_text else whole


def _details(path: Path, *, as_text: bool) -> str:
    """What a sub-assessment is about. In the older shape its own name is part of that."""
    about = "CASE WHEN named THEN details || CAST(name AS VARCHAR) ELSE details END"
    match path:
        case ():
            whole = f"json_object('source', 'Azure', 'id', {about})"
            return f"CAST({whole} AS VARCHAR)" if as_text else whole
        case ("id",):
            return about if as_text else f"to_json({about})"
        case ("source",):
            return "'Azure'" if as_text else "to_json('Azure')"
        case _:
            return "CAST(NULL AS VARCHAR)" if as_text else "CAST(NULL AS JSON)"
