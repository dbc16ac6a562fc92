"""What a registry holds, repository by repository.

Azure lists manifests, tagged or not, with the time of their last change. Other registries list
tags, and have to be asked for each where it points; what has no tag there is found by nobody.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from itertools import batched

from core.errors import NotFound
from core.registry.client import RegistryClient
from core.registry.interface import Endpoint, Listed

AT_A_TIME = 8
"""Questions to one registry at a time: far below what Azure throttles."""

type Connect = Callable[[Endpoint], AbstractAsyncContextManager[RegistryClient]]
"""Opens a registry, to be read with the app's own identity."""


async def holdings(
    client: RegistryClient, repository: str, *, lists_manifests: bool
) -> AsyncIterator[Listed]:
    """The manifests of a repository; none where there is no such repository any more."""
    try:
        if lists_manifests:
            async for listed in client.manifests(repository):
                yield listed
        else:
            for listed in await _by_tag(client, repository):
                yield listed
    except NotFound:
        return


async def _by_tag(client: RegistryClient, repository: str) -> Sequence[Listed]:
    tags = [tag async for tag in client.tags(repository)]
    found: list[Listed] = []
    for some in batched(tags, AT_A_TIME, strict=False):
        seen = await asyncio.gather(*(client.look(repository, tag) for tag in some))
        found += [
            Listed(
                digest=one.digest,
                tags=(tag,),
                media_type=one.media_type,
                updated_at=None,
                seen_at=one.at,
            )
            for tag, one in zip(some, seen, strict=True)
            if one.digest is not None
        ]
    return found
