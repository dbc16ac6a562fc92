"""How long to wait for a registry, and how often to ask again.

Registries throttle (429 with `Retry-After`), replicate lazily (`manifest unknown` for a while after
a push to another region) and drop connections. All of that passes; so requests are repeated, with
full jitter under an exponential bound, within one deadline for the whole of it.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from core.errors import NotFound, RegistryUnavailable, Throttled


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Limits of waiting, in seconds where nothing else is said."""

    connect: float = 10.0
    """To get a connection."""
    silence: float = 30.0
    """Without a single byte."""
    answer: float = 60.0
    """For a manifest, a token or a page, all tries together."""
    download: float = 900.0
    """For a blob, all tries together: as long as an attempt at a scan may take."""
    tries: int = 5
    pages: int = 2_000
    """Pages of one listing: a million names."""
    first_pause: float = 0.25
    """Bound of the first pause; it doubles with every try."""
    longest_pause: float = 20.0
    """Bound of any pause. A registry that asks for more is not waited for: the caller is told."""

    async def insist[T](
        self, attempt: Callable[[], Awaitable[T]], *, within: float, even_if_missing: bool = False
    ) -> T:
        """Try until it works, or until it is of no use; then raise the last error.

        NotFound is worth another try only for what is known to exist.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within
        tried = 0
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    return await attempt()
            except TimeoutError as error:
                raise RegistryUnavailable(f"no whole answer within {within:g} seconds") from error
            except (NotFound, RegistryUnavailable, Throttled) as error:
                tried += 1
                pause = self._pause(error, tried)
                hopeless = isinstance(error, NotFound) and not even_if_missing
                if hopeless or tried >= self.tries or loop.time() + pause >= deadline:
                    raise
                if isinstance(error, Throttled) and error.retry_after > self.longest_pause:
                    raise
            await asyncio.sleep(pause)

    def _pause(self, error: Exception, tried: int) -> float:
        asked = error.retry_after if isinstance(error, Throttled) else 0.0
        bound = min(self.longest_pause, self.first_pause * 2 ** (tried - 1))
        return asked + random.uniform(0, bound)  # noqa: S311 - jitter needs no secret


PATIENCE = Patience()
"""What the app uses."""


def retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds that a `Retry-After` header asks for, as a number or a date (RFC 9110, 10.2.3)."""
    if header is None:
        return None
    if header.isascii() and header.isdigit():
        return float(header[:9])  # nobody means centuries
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())
