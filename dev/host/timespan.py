"""Durations as .NET writes them: `[d.]hh:mm:ss[.fffffff]`.

host.json and timer schedules are full of them. A bare number is refused although .NET takes it: it
means *days* there, while people mean milliseconds.
"""

import re
from datetime import timedelta

_FORM = re.compile(r"(?:(\d{1,7})\.)?(\d{1,2}):([0-5]?\d)(?::([0-5]?\d)(?:\.(\d{1,7}))?)?")


def parse_timespan(text: str) -> timedelta:
    """The duration that `text` writes. Raises ValueError for what is none."""
    match = _FORM.fullmatch(text.strip())
    if match is None or int(match[2]) > 23:
        raise ValueError(f"{text!r} is no duration: write hh:mm:ss, such as 00:00:00.100")
    days, hours, minutes, seconds, fraction = match.groups()
    return timedelta(
        days=int(days or 0),
        hours=int(hours),
        minutes=int(minutes),
        seconds=int(seconds or 0),
        microseconds=int((fraction or "0").ljust(7, "0")) // 10,
    )
