"""The inventory: images by what they are called and how they are."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.answers.images import Image, Images

FILTERS = ("registry", "repository", "tag", "health", "freshness", "severity")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """A page of images."""

    images: tuple[Image, ...]
    continuation_token: str | None
    registries: tuple[str, ...]
    """What may be chosen from."""
    filtered: bool


def inventory_of(
    images: Images, registries: tuple[str, ...], asked: Mapping[str, str]
) -> Inventory:
    """What the list shows."""
    return Inventory(
        images=tuple(images.value),
        continuation_token=images.continuation_token or None,
        registries=registries,
        filtered=any(name in asked for name in FILTERS),
    )


def question(asked: Mapping[str, str], names: tuple[str, ...] = FILTERS) -> dict[str, str]:
    """What an answerer is asked, by a page's address: the words that it knows, and the place in the
    list that the page before gave."""
    given = {name: value.strip() for name in names if (value := asked.get(name, "")).strip()}
    after = asked.get("after")
    return given | ({"continuationToken": after} if after else {})
