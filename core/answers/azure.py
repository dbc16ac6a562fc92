"""Azure's own shapes, as far as they are the same for every resource."""

from typing import Literal

from msgspec import UNSET, UnsetType, field

from core.answers.base import Answer, Count, Something


class ArmResource(Answer, frozen=True, kw_only=True):
    """A resource, as Azure Resource Manager tells it."""

    id: str
    name: str
    type: str
    properties: dict[str, Something]


class ArmPage(Answer, frozen=True, kw_only=True):
    """A page of resources."""

    value: list[ArmResource]
    next_link: str | UnsetType = UNSET


class QueryAnswer(Answer, frozen=True, kw_only=True):
    """The rows that a Kusto query gives, as Azure Resource Graph tells them."""

    total_records: Count
    count: Count
    result_truncated: Literal["true", "false"]
    data: Something
    facets: tuple[Something, ...] = ()
    skip_token: str | UnsetType = field(default=UNSET, name="$skipToken")
