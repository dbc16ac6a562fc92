"""What changed between two databases, so that only what it touches is assessed again.

Advisories have the same number in every database, so a package of which nothing else is claimed
has the same sheet to the byte. An advisory that claims the same as before, but says more of it (a
severity, a CVE, a reference), touches only images that have its finding already.
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec

from core.advisories.database import connect, uri
from core.advisories.layout import Advisory
from core.errors import AdvisoriesError

_PACKAGES = """
SELECT ecosystem, name FROM main.packages AS new LEFT JOIN old.packages AS old
    USING (ecosystem, name) WHERE old.sheet IS NOT new.sheet
UNION
SELECT ecosystem, name FROM old.packages AS old LEFT JOIN main.packages AS new
    USING (ecosystem, name) WHERE new.sheet IS NULL
"""

_REWORDED = """
SELECT new.body FROM main.advisories AS new JOIN old.advisories AS old USING (number)
    WHERE old.body IS NOT new.body
"""

_DECODER = msgspec.msgpack.Decoder(Advisory)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a newer database says that an older one did not."""

    packages: frozenset[tuple[str, str]]
    """Canonical ecosystems and names of packages of which something else is claimed."""
    reworded: frozenset[str]
    """Ids of advisories that say something else of what they claim."""


def difference(old: Path, new: Path) -> Difference:
    """What changed from the database `old` to the database `new`.

    Raises `AdvisoriesError` if one of them cannot be opened or read.
    """
    connect(old).close()
    try:
        with closing(connect(new)) as connection:
            connection.execute("ATTACH ? AS old", (uri(old),))
            packages = connection.execute(_PACKAGES).fetchall()
            bodies = connection.execute(_REWORDED).fetchall()
    except sqlite3.Error as error:
        raise AdvisoriesError(f"{old} and {new} cannot be compared: {error}") from error
    return Difference(
        packages=frozenset((row[0], row[1]) for row in packages),
        reworded=frozenset(_DECODER.decode(row[0]).id for row in bodies),
    )
