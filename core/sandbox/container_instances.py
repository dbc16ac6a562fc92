"""Sandboxes in Azure: container instances, by way of Azure Resource Manager.

Nothing is remembered here. A sandbox is found by its name, which is made of scan and attempt: as
the group of that name, or as a container of a group that it shares. Creating is asked for and not
waited for; how it went is seen when the watch-dog asks. What Azure refuses for now (its quota, its
capacity, too many requests) is `SandboxUnavailable`, and nobody asks again before the time it gave.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta

from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.core.pipeline import PipelineResponse
from azure.core.pipeline.policies import AsyncRetryPolicy
from azure.core.rest import AsyncHttpResponse, HttpRequest
from azure.mgmt.containerinstance.aio import ContainerInstanceManagementClient
from azure.mgmt.containerinstance.models import ContainerGroup

from core.domain.events import Priority
from core.domain.values import ScanId
from core.errors import SandboxError, SandboxUnavailable
from core.sandbox.container_groups import (
    TOGETHER,
    Place,
    all_ended,
    group_for,
    has_ended,
    holds,
    is_overdue,
)
from core.sandbox.creations import Creations
from core.sandbox.interface import Order, Presence, sandbox_name

logger = logging.getLogger(__name__)

DELETING = 20.0
"""Seconds that a deletion is waited for; a longer one is looked at again by the watch-dog."""

_USUAL_WAIT = 60.0
_LONGEST_WAIT = 900.0
"""Seconds until the next creation after a refusal that names none, and at most."""

_UNDER_WAY = "ContainerGroupTransitioning"
"""Azure's word for a group that is just being made, so for one that is there."""

_FOR_NOW = (409, 429, 503)
"""Refusals that another moment may lift: quota and capacity, too many requests, no service."""


class ContainerInstances:
    """Runs orders as container groups."""

    together = TOGETHER

    def __init__(
        self,
        client: ContainerInstanceManagementClient,
        place: Place,
        creations: Creations,
        *,
        patience: float = DELETING,
    ) -> None:
        self._groups = client.container_groups
        self._place = place
        self._creations = creations
        self._patience = patience

    async def room(self, priority: Priority) -> int:
        """How many groups Azure lets us create now; some are kept for pushes."""
        return await self._creations.left(priority)

    async def start(self, *orders: Order) -> None:
        """Start the orders' sandboxes in one group, but for those that are there already."""
        if len({(order.image.registry, order.image.repository) for order in orders}) > 1:
            raise SandboxError("orders of two repositories must not share a container group")
        present = [group async for group in self._all()]
        absent = [order for order in orders if _of(present, _name(order)) is None]
        if not absent:
            return
        if not await self._creations.take():
            raise SandboxUnavailable("Azure would refuse another container group now")
        await self._create(_name(absent[0]), group_for(self._place, absent, datetime.now(UTC)))

    async def status(self, scan: ScanId, attempt: int) -> Presence:
        """Whether the sandbox is there and has not ended."""
        name = sandbox_name(scan, attempt)
        group = await self._find(name)
        return Presence.GONE if group is None or has_ended(group, name) else Presence.RUNNING

    async def stop(self, scan: ScanId, attempt: int) -> Presence:
        """Delete the sandbox's group, unless others in it still work and have time left."""
        group = await self._find(sandbox_name(scan, attempt))
        if group is None:
            return Presence.GONE
        alone = len(group.containers) == 1
        if not (alone or all_ended(group) or is_overdue(group, datetime.now(UTC))):
            return Presence.RUNNING
        return await self._delete(str(group.name))

    async def sweep(self) -> None:
        """Delete groups that have outlived their orders: whoever was to do so died."""
        now = datetime.now(UTC)
        for group in [group async for group in self._all()]:
            if is_overdue(group, now):
                logger.warning("container group %s is an orphan, and deleted", group.name)
                await self._delete(str(group.name))

    async def _create(self, name: str, group: ContainerGroup) -> None:
        try:
            await self._groups.begin_create_or_update(
                self._place.resource_group, name, group, polling=False
            )
        except HttpResponseError as error:
            if _code(error) == _UNDER_WAY:
                return
            if error.status_code not in _FOR_NOW:
                raise SandboxError(
                    f"Azure refuses container group {name}: {_said(error)}"
                ) from error
            wait = _wait(error)
            await self._creations.block(timedelta(seconds=wait))
            raise SandboxUnavailable(
                f"Azure makes no container group for {wait:.0f} s: {_said(error)}"
            ) from error
        except AzureError as error:
            raise SandboxError(f"creating container group {name}: {error}") from error

    async def _delete(self, name: str) -> Presence:
        with _translated(f"deleting container group {name}"):
            try:
                deletion = await self._groups.begin_delete(self._place.resource_group, name)
                async with asyncio.timeout(self._patience):
                    await deletion.wait()
            except ResourceNotFoundError:
                return Presence.GONE
            except TimeoutError:
                return Presence.RUNNING
        return Presence.GONE

    async def _find(self, name: str) -> ContainerGroup | None:
        """The group that holds this sandbox, as it is now."""
        group = await self._get(name)
        if group is not None:
            return group
        shared = _of([group async for group in self._all()], name)
        return await self._get(str(shared.name)) if shared is not None else None

    async def _get(self, name: str) -> ContainerGroup | None:
        with _translated(f"asking for container group {name}"):
            try:
                return await self._groups.get(self._place.resource_group, name)
            except ResourceNotFoundError:
                return None

    async def _all(self) -> AsyncIterator[ContainerGroup]:
        with _translated("listing container groups"):
            async for group in self._groups.list_by_resource_group(self._place.resource_group):
                yield group


class BriefRetries(AsyncRetryPolicy[HttpRequest, AsyncHttpResponse]):
    """Repeats what was lost on the way; where Azure says how long to wait, that is for later."""

    def is_retry(self, settings: dict[str, object], response: object) -> bool:
        """`response` is a pipeline's, of either kind of request that the SDK knows."""
        if not isinstance(response, PipelineResponse):
            return False
        answer = response.http_response
        if answer.status_code == 429 or "Retry-After" in answer.headers:
            return False
        return super().is_retry(settings, response)


@asynccontextmanager
async def open_resource_manager(
    credential: AsyncTokenCredential, place: Place, *, url: str, scope: str, **transport: object
) -> AsyncIterator[ContainerInstanceManagementClient]:
    """A client of the cloud's Azure Resource Manager at that URL."""
    client = ContainerInstanceManagementClient(
        credential,
        place.subscription,
        url,
        credential_scopes=[scope],
        retry_policy=BriefRetries(retry_total=3, retry_backoff_factor=0.2),
        polling_interval=2,
        **transport,
    )
    async with client:
        yield client


def _name(order: Order) -> str:
    return sandbox_name(order.scan, order.attempt)


def _of(groups: list[ContainerGroup], name: str) -> ContainerGroup | None:
    return next((group for group in groups if holds(group, name)), None)


def _code(error: HttpResponseError) -> str:
    return str(getattr(error.error, "code", "") or "")


def _said(error: HttpResponseError) -> str:
    return f"{error.status_code} {_code(error)}: {error.message.partition(chr(10))[0][:300]}"


def _wait(error: HttpResponseError) -> float:
    """Seconds, as the answer has it."""
    headers: Mapping[str, str] = getattr(error.response, "headers", {})
    try:
        return min(_LONGEST_WAIT, max(1.0, float(headers.get("Retry-After", _USUAL_WAIT))))
    except ValueError:
        return _USUAL_WAIT


@contextmanager
def _translated(doing: str) -> Iterator[None]:
    try:
        yield
    except AzureError as error:
        raise SandboxError(f"{doing}: {error}") from error
