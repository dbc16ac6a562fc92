"""`pratique gate`: may an image go on? The exit code is the answer.

While there is time, what is not known yet is waited for, and an outage of the service too. Only at
the end does what was allowed count: whoever lets an unscanned image pass would still rather know.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

import typer

from cli.client import Client, Fields, objects, part, path_of
from cli.exits import Exit, Stopped
from cli.session import Json, Session, session

IMAGE = "registry/repository:tag, or with @sha256:…"
_PAUSE = 5.0
"""Seconds between two questions, unless the service says otherwise."""
_SHOWN = 20
"""Findings that are shown; `--json` has more."""


class Severity(StrEnum):
    """Severities, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NEGLIGIBLE = "negligible"
    UNKNOWN = "unknown"


class Allowed(StrEnum):
    """What may pass although it was not assessed."""

    UNSCANNED = "unscanned"
    FAILED = "failed"
    NOT_APPLICABLE = "notApplicable"


@dataclass(slots=True)
class _Gating:
    """One image at the gate."""

    session: Session
    client: Client
    question: Fields
    deadline: float
    scan: bool
    asked_for: set[str] = field(default_factory=set)
    """Digests of which a scan was asked for."""

    def answer(self, allow: Sequence[Allowed]) -> Fields:
        """The answer, once there is one or time is up."""
        while True:
            answer = self._ask()
            if answer is not None and not self._comes(answer):
                break
            left = self.deadline - self.session.around.clock()
            if left <= 0:
                break
            self.session.around.sleep(min(left, _pause(answer)))
        if answer is not None and (answer.get("verdict") == "pass" or not allow):
            return answer
        return self.client.post("/api/gate", {**self.question, "allow": list(allow)})

    def _ask(self) -> Fields | None:
        """The strict answer; `None` where the service does not answer now, and there is time."""
        try:
            return self.client.post("/api/gate", self.question)
        except Stopped as stopped:
            if not stopped.passing or self.session.around.clock() >= self.deadline:
                raise
            self.session.screen.note(f"{stopped}; trying again")
            return None

    def _comes(self, answer: Fields) -> bool:
        """Whether another answer may come; a scan is asked for where that helps."""
        if answer.get("verdict") == "pending":
            return True
        if answer.get("assessed") or answer.get("verdict") == "pass" or not self.scan:
            return False
        image = part(answer, "image")
        some = {str(one.get("digest")) for one in objects(answer, "reasons")} - self.asked_for
        for digest in some & {one for one in some if one.startswith("sha256:")}:
            self.asked_for.add(digest)
            path = path_of("images", str(image["registry"]), str(image["repository"]), digest)
            try:
                self.client.post(f"{path}/scan", {})
            except Stopped as stopped:
                self.session.screen.note(f"no scan of {digest}: {stopped}")
                return False
            self.session.screen.note(f"asked for a scan of {digest}")
        return bool(self.asked_for)


def gate(
    context: typer.Context,
    image: Annotated[str, typer.Argument(metavar="IMAGE", help=IMAGE)],
    fail_on: Annotated[
        Severity,
        typer.Option(
            metavar="SEVERITY",
            help="Findings of this severity and worse stop the image: critical, high, …",
        ),
    ] = Severity.HIGH,
    ignore_unfixed: Annotated[
        bool, typer.Option("--ignore-unfixed", help="Leave out findings that have no fix yet.")
    ] = False,
    wait: Annotated[
        int, typer.Option(metavar="SECONDS", min=0, max=86_400, help="How long to wait at most.")
    ] = 0,
    scan: Annotated[
        bool, typer.Option("--scan", help="Ask for a scan where no verdict can be relied on.")
    ] = False,
    allow: Annotated[
        list[Allowed] | None,
        typer.Option(
            metavar="WHAT",
            help="What may pass all the same: unscanned, failed, notApplicable. May be repeated.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """May this image go on? Exits with 0 if so, with 1 if findings stop it, and with 3 if nobody
    can say."""
    here = session(context)
    gating = _Gating(
        session=here,
        client=here.client(),
        question={"image": image, "failOn": fail_on.value, "ignoreUnfixed": ignore_unfixed},
        deadline=here.around.clock() + wait,
        scan=scan,
    )
    answer = gating.answer([one for one in Allowed if one in (allow or [])])
    if json:
        here.screen.json(answer)
    else:
        _show(here, answer)
    raise typer.Exit(_exit_of(answer))


def _exit_of(answer: Fields) -> Exit:
    match answer.get("verdict"), answer.get("assessed"):
        case "pass", _:
            return Exit.DONE
        case "fail", True:
            return Exit.FAILS
        case _:
            return Exit.UNKNOWN


def _pause(answer: Fields | None) -> float:
    told = answer.get("retryAfter") if answer else None
    return float(told) if isinstance(told, int | float) and told > 0 else _PAUSE


def _show(here: Session, answer: Fields) -> None:
    screen, image, verdict = here.screen, part(answer, "image"), str(answer.get("verdict"))
    tag = f":{image['tag']}" if image.get("tag") else ""
    digest = f"@{image['digest']}" if image.get("digest") else ""
    screen.say(f"{image.get('registry')}/{image.get('repository')}{tag}{digest}")
    screen.facts(
        {
            "Verdict": verdict,
            "Health": answer.get("health"),
            "Freshness": answer.get("freshness"),
            "Assessed": answer.get("assessedAt"),
        }
    )
    for reason in objects(answer, "reasons"):
        screen.say(f"- {reason.get('message')}")
    for rule in objects(part(answer, "overlooked"), "disabled"):
        screen.say(f"- disabled by the rule {rule.get('rule')}: {rule.get('findings')}")
    found = objects(answer, "findings")
    if not found:
        return
    screen.say("")
    names = ("severity", "id", "package", "version", "fixed")
    rows = [[one.get(name) for name in names] for one in found[:_SHOWN]]
    screen.table(["Severity", "Vulnerability", "Package", "Version", "Fixed in"], rows)
    if len(rows) < (total := int(str(answer.get("total", len(found))))):
        screen.note(f"and {total - len(rows)} more: `--json` lists a hundred")
