"""Listings of repositories and tags: pages of names, each with a link to the next.

The link is text from outside and the listing need not end, so both are bounded.
"""

import re
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field
from yarl import URL

from core.domain.values import is_digest, is_tag
from core.errors import RegistryUnavailable, UntrustedContent
from core.registry.interface import Endpoint, Listed

PAGE = 500
"""Names asked for in one page. A registry may give fewer."""

MAX_PAGE = 1024 * 1024
"""Bytes of a page."""

_NEXT = re.compile(r'<([^<>]*)>\s*;\s*rel\s*=\s*"?next"?')


class _Page(Struct, frozen=True):
    repositories: list[str] | None = None
    tags: list[str] | None = None


class _Manifest(Struct, frozen=True):
    digest: str
    tags: list[str] | None = None
    media_type: str | None = field(name="mediaType", default=None)
    updated: Annotated[datetime, Meta(tz=True)] | None = field(name="lastUpdateTime", default=None)


class _Manifests(Struct, frozen=True):
    manifests: list[_Manifest] | None = None


def parse_page(body: bytes, what: str) -> list[str]:
    """The names on a page; the registry of the distribution project writes null for none."""
    try:
        page = msgspec.json.decode(body, type=_Page)
    except (ValueError, RecursionError) as error:
        raise RegistryUnavailable(f"The answer is no {what}.") from error
    return page.repositories or page.tags or []


def parse_manifests(body: bytes, at: datetime, what: str) -> list[Listed]:
    """The manifests on a page of Azure's own listing. A name that is none is not passed on."""
    try:
        page = msgspec.json.decode(body, type=_Manifests)
        return [_listed(one, at) for one in page.manifests or []]
    except (ValueError, RecursionError, OverflowError) as error:
        raise RegistryUnavailable(f"The answer is no {what}.") from error


def _listed(manifest: _Manifest, at: datetime) -> Listed:
    tags = tuple(manifest.tags or ())
    if not is_digest(manifest.digest) or not all(is_tag(tag) for tag in tags):
        raise UntrustedContent(f"The registry lists {manifest.digest[:80]!r} with tags like none.")
    updated = manifest.updated
    return Listed(
        digest=manifest.digest,
        tags=tags,
        media_type=manifest.media_type or "",
        updated_at=None if updated is None else updated.astimezone(UTC),
        seen_at=at,
    )


def next_page(link: str | None, current: URL, endpoint: Endpoint) -> URL | None:
    """Where a `Link` header (RFC 8288) says that the next page is; at the registry, or nowhere."""
    found = _NEXT.search(link or "")
    if found is None:
        return None
    try:
        url = current.join(URL(found[1], encoded=True))
    except ValueError as error:
        raise UntrustedContent(
            f"{endpoint.login_server} links to a page that is no URL."
        ) from error
    if not endpoint.serves(url) or url.path != current.path:
        raise UntrustedContent(f"{endpoint.login_server} continues a listing somewhere else.")
    return url
