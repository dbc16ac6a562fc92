"""How many images wait to be scanned, and what they cost: said when a plan is switched on.

Nobody waits long for it. What could not be counted in time is said to be missing.
"""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from core.answers.plans import Estimate
from core.enrolment.enrolment import Enrolled, Enrolment
from core.errors import RegistryError
from core.query.prices import Price
from core.reconcile.comparing import wanted
from core.reconcile.holdings import Connect, holdings
from core.reconcile.known import known_images
from core.storage.interface import RowReader

logger = logging.getLogger(__name__)

SECONDS = 20.0
"""How long is counted."""


class Estimator:
    """Counts what a registry holds, by the rules of a sweep."""

    def __init__(
        self,
        enrolment: Enrolment,
        connect: Connect,
        images: RowReader,
        window: timedelta,
        price: Price,
    ) -> None:
        self._enrolment = enrolment
        self._connect = connect
        self._images = images
        self._window = window
        self._price = price

    async def of(self, subscription: str, *, seconds: float = SECONDS) -> Estimate:
        """The digests of a subscription that were tagged or pulled within the window, and that no
        scan has come to an end for."""
        waiting: set[str] = set()
        complete = True
        now = datetime.now(UTC)
        try:
            async with asyncio.timeout(seconds):
                for enrolled in await self._enrolment.all():
                    if enrolled.resource.subscription == subscription:
                        await self._count(enrolled, now, waiting)
        except TimeoutError:
            complete = False
        except RegistryError as error:
            logger.warning("not everything that waits could be counted: %s", error)
            complete = False
        return Estimate(
            images=len(waiting),
            complete=complete,
            window_days=self._window.days,
            price=str(self._price.amount),
            cost=self._price.of(len(waiting)),
            currency=self._price.currency,
        )

    async def _count(self, enrolled: Enrolled, now: datetime, waiting: set[str]) -> None:
        endpoint = enrolled.endpoint
        known = await known_images(self._images, endpoint.login_server)
        async with self._connect(endpoint) as client:
            async for repository in client.repositories():
                images = known.get(repository, {})
                listing = holdings(client, repository, lists_manifests=not endpoint.plain_http)
                async for listed in listing:
                    image = images.get(listed.digest)
                    assessed = image is not None and image.assessed
                    if not assessed and wanted(listed, image, now, self._window):
                        waiting.add(listed.digest)
