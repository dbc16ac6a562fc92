"""Addresses: our own, every part escaped, and those elsewhere that a link may lead to."""

from urllib.parse import quote, urlsplit


def path(*parts: str) -> str:
    """An address on this site."""
    return "/" + "/".join(quote(part, safe="/:@") for part in parts)


def elsewhere(address: str) -> str | None:
    """An address to read on at; `None` for what a link must not lead to, such as a script."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return address if parts.scheme in {"http", "https"} and parts.hostname else None
