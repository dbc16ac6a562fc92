"""Templates and what they may use: every text is escaped, and nothing that is missing is blank.

Names come out of images, so they are anybody's. Jinja escapes markup; `visible` also shows the
characters that would turn a line of text round or hide in it.
"""

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from core.pages.addressing import elsewhere, path
from core.pages.assets import address_of
from core.pages.charts import by_severity, stack
from core.pages.findings import score_of
from core.pages.rules import criteria_in_words
from core.pages.words import EVENTS, REASONS, cause_in_words, freshness_in_words, health_in_words
from core.plain import plain

TEMPLATES = Path(__file__).parent / "templates"


def visible(value: object) -> object:
    """A value to be shown. A text keeps its lines, since forms have some; what cannot be printed in
    them is a replacement character."""
    if not isinstance(value, str) or isinstance(value, Markup) or value.isprintable():
        return value
    return "\n".join(map(plain, value.split("\n")))


def at(moment: str | None, *, day: bool = False) -> Markup:
    """A moment in UTC, which the page's script turns into the reader's own time."""
    if moment is None:
        return Markup("")
    read = _read(moment)
    plain = f"{read:%-d %b %Y}" if day else f"{read:%-d %b %Y, %H:%M} UTC"
    return Markup('<time datetime="{}" title="{} UTC" data-show="{}">{}</time>').format(
        f"{read:%Y-%m-%dT%H:%M:%SZ}", f"{read:%Y-%m-%d %H:%M:%S}", "day" if day else "time", plain
    )


def ago(moment: str | None, now: datetime) -> Markup:
    """How long ago that was, in one unit."""
    if moment is None:
        return Markup("")
    read = _read(moment)
    return Markup('<time datetime="{}" title="{} UTC">{}</time>').format(
        f"{read:%Y-%m-%dT%H:%M:%SZ}",
        f"{read:%Y-%m-%d %H:%M:%S}",
        span((now - read).total_seconds()),
    )


def _read(moment: str) -> datetime:
    """A moment of an answer; a day begins in UTC."""
    read = datetime.fromisoformat(moment)
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


def span(seconds: float) -> str:
    """A length of time that lies behind, in one unit."""
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count:,} {unit}{'' if count == 1 else 's'} ago"
    return "just now"


def short(digest: str) -> str:
    """A digest as people tell digests apart."""
    return digest.removeprefix("sha256:")[:12]


def percent(share: float | None, digits: int = 0) -> str:
    """A share as people read it; a dash where there is none."""
    return "\N{EN DASH}" if share is None else f"{100 * share:.{digits}f} %"


@cache
def environment() -> Environment:
    """The templates of this process."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=visible,
        auto_reload=False,
    )
    made.filters |= {
        "at": at,
        "ago": ago,
        "by_severity": by_severity,
        "score": score_of,
        "short": short,
        "percent": percent,
        "elsewhere": elsewhere,
        "cause": cause_in_words,
        "freshness": freshness_in_words,
        "health": health_in_words,
    }
    made.globals |= {
        "asset": address_of,
        "criteria": criteria_in_words,
        "path": path,
        "stack": stack,
        "EVENTS": EVENTS,
        "REASONS": REASONS,
    }
    return made


def render(template: str, **shown: object) -> bytes:
    """A page."""
    return environment().get_template(template).render(shown).encode()
