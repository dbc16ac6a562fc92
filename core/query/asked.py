"""The parameters of questions, as the API's description tells them. `core/query/parameters.py`
reads them; a test holds each route to accept exactly those that it describes."""

from typing import Annotated, Literal

from msgspec import Meta

from core.domain.values import Freshness, Health, Severity
from core.openapi.operations import Parameter, Place
from core.query.parameters import DEFAULT_LIMIT, MAX_LIMIT, MOMENT_PATTERN, MONTH_PATTERN

type Text = Annotated[str, Meta(min_length=1, max_length=512, pattern="^[ -~]+$")]
type Name = Annotated[str, Meta(min_length=1, max_length=200, pattern="^[A-Za-z0-9._-]+$")]
type RuleName = Annotated[
    str, Meta(pattern="^[a-z0-9]([a-z0-9._-]{0,98}[a-z0-9])?$", examples=["accepted"])
]
type Flag = Literal["true", "false"]
type Guid = Annotated[
    str, Meta(pattern="^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
]
type Instant = Annotated[
    str,
    Meta(
        pattern=f"^{MOMENT_PATTERN}$",
        examples=["2026-11-22T08:30:00Z"],
        extra_json_schema={"format": "date-time"},
    ),
]
type Month = Annotated[str, Meta(pattern=f"^{MONTH_PATTERN}$", examples=["2026-11"])]
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

SOUGHT = Parameter(name="q", says="Part of a name, a digest, a CVE's id.", kind=Text, required=True)
WHOSE_TAG = (
    Parameter(name="registry", says="The registry.", kind=Text, required=True),
    Parameter(name="repository", says="The repository.", kind=Text, required=True),
    Parameter(name="tag", says="The tag.", kind=Tag, required=True),
)
DAYS = Parameter(name="days", says="How many days.", kind=Annotated[int, Meta(ge=1, le=92)])
SINCE = Parameter(name="since", says="Since when; a day ago unless given.", kind=Instant)
CVE = Parameter(name="cve", says="A CVE's id, or another name of a vulnerability.", kind=Text)
PACKAGE = Parameter(name="package", says="A package's name.", kind=Text)
FORMAT = Parameter(
    name="format",
    says="In which form; else the header Accept says.",
    kind=Literal["cyclonedx", "spdx", "sarif", "openvex", "csv", "jsonl"],
)
MONTH = Parameter(name="month", says="Of which month; needed unless a digest is.", kind=Month)
REASON = Parameter(
    name="reason",
    says="Only lines of this reason.",
    kind=Literal[*("billed", "not-applicable", "index", "failed", "plan-off", "billed-before")],
)
DIGEST = Parameter(name="digest", says="The one line of it; needs a subscription.", kind=Digest)
SHEET = Parameter(
    name="format",
    says="In which form; else the header Accept says.",
    kind=Literal["json", "csv"],
)
BY = Parameter(
    name="by",
    says="What they are rolled up to.",
    kind=Literal["image", "repository", "registry"],
    default="image",
)
RULE = Parameter(name="rule", says="Only this rule.", kind=Name)
DRY_RUN = Parameter(
    name="dryRun", says="Whether to tell only what would change.", kind=Flag, default="false"
)
API_VERSION = Parameter(
    name="api-version", says="The version of Azure's API.", kind=Name, required=True
)
SKIP_TOKEN = Parameter(
    name="$skipToken", says="As nextLink has it.", kind=Annotated[str, Meta(min_length=1)]
)
EXPAND = Parameter(name="$expand", says="What to tell besides.", kind=Literal["links", "metadata"])

OWNER = Parameter(name="subscription", says="Whose rules, by its GUID.", kind=Guid, required=True)
WHOSE = Parameter(name="subscription", says="Only those of this subscription.", kind=Guid)
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
