"""Listings of repositories and tags: pages of names, each with a link to the next.

The link is text from outside and the listing need not end, so both are bounded.
"""

import re

import msgspec
from msgspec import Struct
from yarl import URL

from core.errors import RegistryUnavailable, UntrustedContent
from core.registry.interface import Endpoint

PAGE = 500
"""Names asked for in one page. A registry may give fewer."""

MAX_PAGE = 1024 * 1024
"""Bytes of a page."""

_NEXT = re.compile(r'<([^<>]*)>\s*;\s*rel\s*=\s*"?next"?')


class _Page(Struct, frozen=True):
    repositories: list[str] | None = None
    tags: list[str] | None = None


def parse_page(body: bytes, what: str) -> list[str]:
    """The names on a page; the registry of the distribution project writes null for none."""
    try:
        page = msgspec.json.decode(body, type=_Page)
    except (ValueError, RecursionError) as error:
        raise RegistryUnavailable(f"The answer is no {what}.") from error
    return page.repositories or page.tags or []


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
