"""Which sources advisories come from: settings, read once and strictly."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from yarl import URL

from core.errors import ConfigurationError
from core.feeds.fetch import is_safe
from core.feeds.refresh import ECOSYSTEMS, EPSS, KEV, OSV, Feed, feeds

OSV_URL, ECOSYSTEM_LIST = "PRATIQUE_OSV_URL", "PRATIQUE_ECOSYSTEMS"
EPSS_URL, KEV_URL = "PRATIQUE_EPSS_URL", "PRATIQUE_KEV_URL"
EXTRA = "PRATIQUE_ADVISORIES"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where advisories, and what is known of exploitation, come from. What is empty is off."""

    osv: str
    """PRATIQUE_OSV_URL: base of OSV's dumps, or of a mirror's."""
    ecosystems: tuple[str, ...]
    """PRATIQUE_ECOSYSTEMS: the dumps that are wanted, by the OSV schema's names."""
    epss: str
    """PRATIQUE_EPSS_URL: EPSS data, CSV, gzipped or not."""
    kev: str
    """PRATIQUE_KEV_URL: CISA's catalogue of known exploited vulnerabilities, JSON."""
    extra: Path | None
    """PRATIQUE_ADVISORIES: a folder or file of further OSV records."""

    @property
    def any(self) -> bool:
        """Whether there is anything to do at all."""
        return bool((self.osv and self.ecosystems) or self.epss or self.kev or self.extra)

    @property
    def off(self) -> tuple[str, ...]:
        """What is switched off, in words."""
        said = (
            (bool(self.osv and self.ecosystems), f"OSV: {OSV_URL} or {ECOSYSTEM_LIST} is empty"),
            (bool(self.epss), f"EPSS: {EPSS_URL} is empty"),
            (bool(self.kev), f"KEV: {KEV_URL} is empty"),
        )
        return tuple(words for on, words in said if not on)

    def feeds(self, folder: Path) -> list[Feed]:
        """What is fetched, into that folder."""
        return feeds(folder, osv=self.osv, ecosystems=self.ecosystems, epss=self.epss, kev=self.kev)


def read_sources(given: Mapping[str, str]) -> Sources:
    """The sources in that mapping, usually the environment.

    Raises `ConfigurationError` naming the setting that makes no sense.
    """
    extra = given.get(EXTRA, "").strip()
    return Sources(
        osv=_url(given, OSV_URL, OSV),
        ecosystems=_ecosystems(given.get(ECOSYSTEM_LIST)),
        epss=_url(given, EPSS_URL, EPSS),
        kev=_url(given, KEV_URL, KEV),
        extra=Path(extra) if extra else None,
    )


def _url(given: Mapping[str, str], name: str, usual: str) -> str:
    text = given.get(name, usual).strip()
    try:
        fits = not text or (is_safe(URL(text)) and not URL(text).query_string)
    except ValueError:
        fits = False
    if not fits:
        raise ConfigurationError(
            f"{name} must be an https address without a query string, or empty, not {text!r}"
        )
    return text


def _ecosystems(text: str | None) -> tuple[str, ...]:
    """A comma-separated list; all of them unless it is given, and none where it is empty."""
    if text is None:
        return ECOSYSTEMS
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in ECOSYSTEMS]
    if unknown:
        raise ConfigurationError(
            f"{ECOSYSTEM_LIST} names no ecosystem with {', '.join(map(repr, unknown))};"
            f" there are {', '.join(ECOSYSTEMS)}"
        )
    if len(set(names)) < len(names):
        raise ConfigurationError(f"{ECOSYSTEM_LIST} names one ecosystem twice")
    return tuple(names)
