"""Switches the plan of the local subscription on, as an administrator does in Azure."""

import aiohttp
from yarl import URL

from dev.stack.functions_host import HostState
from dev.stack.process import StartFailed

_SECONDS = 120
"""The first request builds the app, and a burdened machine takes its time."""


async def switch_on(host: HostState, subscription: str, *, token: str) -> None:
    """Ask the app to scan the subscription's registries; StartFailed when it will not."""
    url = URL(host.http) / "api/plans" / subscription
    headers = {"Authorization": f"Bearer {token}"}
    timeout = aiohttp.ClientTimeout(total=_SECONDS)
    async with (
        aiohttp.ClientSession(headers=headers, timeout=timeout) as session,
        session.put(url, json={"on": True}) as response,
    ):
        if response.status != 200:
            said = (await response.text())[:500]
            raise StartFailed(f"The plan could not be switched on ({response.status}): {said}")
