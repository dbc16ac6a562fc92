"""What is known of a CVE's exploitation: EPSS probabilities, and CISA's catalogue of KEVs.

Source: FIRST's EPSS data (CSV, a `#model_version:` comment, then `cve,epss,percentile`) and CISA's
Known Exploited Vulnerabilities catalogue (JSON).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Intelligence:
    """Exploitation, by CVE."""

    epss: Mapping[str, float] = field(default_factory=dict)
    """Probability of exploitation within 30 days, 0.0 to 1.0."""
    exploited: frozenset[str] = frozenset()
    """CVEs that are known to be exploited."""

    def probability(self, cves: Iterable[str]) -> float | None:
        """The highest of these CVEs' probabilities, or `None` where none is known."""
        return max((self.epss[cve] for cve in cves if cve in self.epss), default=None)

    def is_exploited(self, cves: Iterable[str]) -> bool:
        """Whether any of these CVEs is known to be exploited."""
        return not self.exploited.isdisjoint(cves)


NOTHING_KNOWN = Intelligence()
"""No CVE is known to be exploited, nor how likely that is."""
