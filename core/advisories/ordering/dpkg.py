"""Debian's order, as `dpkg --compare-versions` has it.

Source: deb-version(7). Like dpkg, characters that the policy forbids are compared, not refused.
"""

import re

_EPOCH = re.compile(r"([0-9]+):(.*)", re.DOTALL)
_RUNS = re.compile(r"([^0-9]*)([0-9]*)")

_TILDE, _END, _FIRST = 0, 1, 2
"""A tilde sorts before the end of a part, and the end before everything else."""


class _Characters(dict[int, str]):
    """Where each character sorts: the tilde, the end, letters by their code, then all others."""

    def __missing__(self, code: int) -> str:
        letter = chr(code).isascii() and chr(code).isalpha()
        place = chr(_TILDE if code == ord("~") else code + _FIRST + (0 if letter else 0x100))
        self[code] = place
        return place


_PLACES = _Characters()


def key(version: str) -> tuple[object, ...]:
    """The key of `[epoch:]upstream[-revision]`; a missing revision equals `0`."""
    match = _EPOCH.fullmatch(version)
    epoch, rest = match.groups() if match else ("0", version)
    if match is None and ":" in rest:
        raise ValueError("its epoch is not a number")
    upstream, hyphen, revision = rest.rpartition("-") if "-" in rest else (rest, "", "0")
    if not upstream or (hyphen and not revision):
        raise ValueError("it is not [epoch:]upstream[-revision]")
    return (int(epoch), _part(upstream), _part(revision))


def _part(text: str) -> tuple[object, ...]:
    """Runs of other characters and runs of digits by turns, closed by an end that sorts as such."""
    places: list[object] = []
    for others, digits in _RUNS.findall(text):
        places += (others.translate(_PLACES) + chr(_END), int(digits or 0))
    return tuple(places)
