"""The parameters of questions, as the API's description tells them. `core/query/parameters.py`
reads them; a test holds each route to accept exactly those that it describes."""

from typing import Annotated, Literal

from msgspec import Meta

from core.domain.values import Freshness, Health, Severity
from core.openapi.operations import Parameter, Place
from core.query.parameters import DEFAULT_LIMIT, MAX_LIMIT

type Text = Annotated[str, Meta(min_length=1, max_length=512, pattern="^[ -~]+$")]
type Name = Annotated[str, Meta(min_length=1, max_length=200, pattern="^[A-Za-z0-9._-]+$")]
type Flag = Literal["true", "false"]
type Guid = Annotated[
    str, Meta(pattern="^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
]
type Instant = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?Z$",
        examples=["2026-11-22T08:30:00Z"],
        extra_json_schema={"format": "date-time"},
    ),
]
type Month = Annotated[str, Meta(pattern="^[0-9]{4}-(0[1-9]|1[0-2])$", examples=["2026-11"])]
type Tag = Annotated[str, Meta(pattern="^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$")]
type Digest = Annotated[str, Meta(pattern="^sha256:[0-9a-f]{64}$")]
type LoginServer = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9.-]{0,250}(:[1-9][0-9]{0,4})?$")]
type RepositoryName = Annotated[
    str,
    Meta(pattern="^[a-z0-9]+([._-][a-z0-9]+)*(/[a-z0-9]+([._-][a-z0-9]+)*)*$", max_length=255),
]
type Limit = Annotated[int, Meta(ge=1, le=MAX_LIMIT)]

REGISTRY = Parameter(name="registry", says="Only this registry, by its login server.", kind=Text)
REPOSITORY = Parameter(name="repository", says="Only this repository.", kind=Text)
SUBSCRIPTION = Parameter(name="subscription", says="Only this subscription.", kind=Text)
TAG = Parameter(name="tag", says="Only images that have this tag now.", kind=Tag)
HEALTH = Parameter(name="health", says="Only images of this health.", kind=Health)
FRESHNESS = Parameter(name="freshness", says="Only verdicts as fresh as this.", kind=Freshness)
SEVERITY = Parameter(name="severity", says="At least this bad.", kind=Severity)
PATCHABLE = Parameter(name="patchable", says="Only findings that have a fix, or none.", kind=Flag)
DISABLED = Parameter(
    name="disabled",
    says="Whether findings that rules disable are told: not, too, or nothing else.",
    kind=Literal["false", "true", "only"],
    default="false",
)
AS_OF = Parameter(
    name="asOf", says="How it stood at this moment of the past, in UTC.", kind=Instant
)
LIMIT = Parameter(
    name="limit", says="How many a page has at most.", kind=Limit, default=DEFAULT_LIMIT
)
TOKEN = Parameter(
    name="continuationToken",
    says="Where to go on, as the page before says. It serves the same question only.",
    kind=Annotated[str, Meta(min_length=1)],
)
PAGING = (LIMIT, TOKEN)

OWNER = Parameter(name="subscription", says="Whose rules, by its GUID.", kind=Guid, required=True)
IMAGE = (
    Parameter(name="registry", says="Its login server.", kind=LoginServer, place=Place.PATH),
    Parameter(
        name="repository",
        says="Its repository. The slashes in it stand as they are, and are not escaped.",
        kind=RepositoryName,
        place=Place.PATH,
    ),
    Parameter(name="digest", says="Its digest.", kind=Digest, place=Place.PATH),
)
"""The parameters of a path that names an image."""


def named(name: str, says: str, kind: object = Name) -> Parameter:
    """A parameter that is part of the path."""
    return Parameter(name=name, says=says, kind=kind, place=Place.PATH)
