"""What a command works with: the service, the screen, and the clock."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

import httpx
import typer

from cli.client import PATIENCE, Client
from cli.exits import Exit, Stopped
from cli.screen import Screen
from cli.signing import Access

Json = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
Subscription = Annotated[
    str, typer.Option(envvar="PRATIQUE_SUBSCRIPTION", help="The Azure subscription, by its GUID.")
]
Limit = Annotated[int, typer.Option(min=1, help="How many are listed at most.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What is outside of the command; a test has its own."""

    transport: httpx.BaseTransport | None = None
    screen: Screen = field(default_factory=Screen)
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One call of the command."""

    access: Access
    around: Surroundings

    @property
    def screen(self) -> Screen:
        """Where results go."""
        return self.around.screen

    def client(self) -> Client:
        """The service, signed in to."""
        try:
            http = httpx.Client(
                base_url=self.access.address(),
                headers=dict(self.access.headers()),
                timeout=PATIENCE,
                transport=self.around.transport,
            )
        except (httpx.InvalidURL, UnicodeError) as error:
            raise Stopped(f"the address or the token is none: {error}", Exit.USAGE) from error
        return Client(http)


def session(context: typer.Context) -> Session:
    """The session that a command was called in."""
    found = context.find_object(Session)
    if found is None:
        raise RuntimeError("a command was called without the program around it")
    return found
