"""Writes a sandbox's order: the image as enrolled, a token for one repository, three addresses."""

from datetime import timedelta

from core.domain.values import ImageName, ScanId
from core.enrolment.enrolment import Enrolment, NotEnrolled
from core.errors import RegistryError
from core.processes.dispatch import REPORTS
from core.registry.tokens import PullTokens
from core.sandbox.interface import CatalogerName, Limits, Order
from core.sandbox.orders import outcome_path, sbom_path
from core.sandbox.sizes import limits_for
from core.scanning.weighing import Weighing
from core.storage.interface import Inbox

GRACE = timedelta(minutes=5)
"""How long the addresses outlive the attempt."""


class Orders:
    """The desk where orders are written."""

    def __init__(
        self,
        enrolment: Enrolment,
        tokens: PullTokens,
        inbox: Inbox,
        cataloger: CatalogerName,
        limits: Limits,
        weighing: Weighing,
    ) -> None:
        self._enrolment = enrolment
        self._tokens = tokens
        self._inbox = inbox
        self.cataloger = cataloger
        """The tool that orders ask for."""
        self._limits = limits
        self._weighing = weighing

    @property
    def time(self) -> timedelta:
        """How long an attempt may take."""
        return timedelta(seconds=self._limits.seconds)

    async def refusal(self, image: ImageName) -> str | None:
        """Why no order for the image will be written any more, in a sentence; `None` where one
        may."""
        enrolled = await self._enrolment.by_login_server(image.registry)
        return enrolled.reason if isinstance(enrolled, NotEnrolled) else None

    async def write(self, image: ImageName, scan: ScanId, attempt: int) -> Order:
        """The order for that attempt. A RegistryError when no token is to be had."""
        enrolled = await self._enrolment.by_login_server(image.registry)
        if isinstance(enrolled, NotEnrolled):
            raise RegistryError(enrolled.reason)
        lifetime = self.time + GRACE
        token = await self._tokens.for_repository(enrolled.endpoint, image.repository)
        size = await self._weighing.size(enrolled.endpoint, image)
        return Order(
            scan=scan,
            attempt=attempt,
            image=image,
            token=token,
            plain_http=enrolled.endpoint.plain_http,
            cataloger=self.cataloger,
            limits=limits_for(self._limits, size, attempt),
            sbom_url=await self._inbox.write_address(sbom_path(scan, attempt), lifetime=lifetime),
            outcome_url=await self._inbox.write_address(
                outcome_path(scan, attempt), lifetime=lifetime
            ),
            report_url=await self._inbox.report_address(REPORTS, lifetime=lifetime),
        )
