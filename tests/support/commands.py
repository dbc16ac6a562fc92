"""The `pratique` command against a service that says what a test has it say."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
from rich.console import Console

from cli.__main__ import run
from cli.screen import Screen
from cli.session import Surroundings

type Answering = Callable[[httpx.Request], httpx.Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What became of a command."""

    code: int
    out: str
    err: str

    def json(self) -> object:
        """What it printed for programs."""
        found: object = json.loads(self.out)
        return found


@dataclass(slots=True)
class Service:
    """Answers requests, and remembers them."""

    answering: Answering
    asked: list[httpx.Request] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    now: float = 0.0

    def run(self, *arguments: str, terminal: bool = False, url: str = "https://app.test") -> Ran:
        """Run a command; a terminal has colours."""
        return self._run(["--url", url, "--token", "secret", *arguments], terminal)

    def plain(self, *arguments: str) -> Ran:
        """Run a command that says itself where the service is."""
        return self._run(list(arguments), False)

    def _run(self, arguments: list[str], terminal: bool) -> Ran:
        out, err = io.StringIO(), io.StringIO()
        around = Surroundings(
            transport=httpx.MockTransport(self._answer),
            screen=Screen(out=_console(out, terminal), err=_console(err, terminal)),
            clock=lambda: self.now,
            sleep=self._sleep,
        )
        code = run(arguments, around)
        return Ran(code=code, out=out.getvalue(), err=err.getvalue())

    def bodies(self) -> list[object]:
        """What was sent."""
        return [json.loads(one.content) for one in self.asked if one.content]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.answering(request)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def saying(*answers: object) -> Service:
    """A service that gives these answers in turn, the last one again and again; an integer is a
    problem of that status."""
    waiting = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        said = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if isinstance(said, int):
            problem = {"status": said, "detail": f"it is {said}"}
            return httpx.Response(said, json=problem)
        return httpx.Response(200, json=said)

    return Service(answer)


def _console(file: io.StringIO, terminal: bool) -> Console:
    return Console(
        file=file,
        force_terminal=terminal,
        width=100,
        highlight=False,
        soft_wrap=True,
        color_system="standard" if terminal else None,
        legacy_windows=False,
    )
