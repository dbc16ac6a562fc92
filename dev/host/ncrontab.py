"""When a timer fires: six-field NCRONTAB expressions, and plain intervals.

    {second} {minute} {hour} {day} {month} {day of the week}

Each field is `*`, a value, a range `a-b`, any of these with a step `/n`, or a list of them with
commas; months and days of the week may be named by three letters or more. All fields must agree:
unlike in the cron of Unix, day and day of the week are not alternatives. A value with a step,
`5/15`, means from there to the end. Five fields mean the second zero. Times are UTC.

The rules are those of the NCrontab library, which the host in Azure uses.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dev.host.timespan import parse_timespan

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")

_HORIZON = timedelta(days=366 * 41)
"""Nothing that ever fires waits longer: 29 February falls on each weekday within 40 years."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """One field of an expression: its limits, and the names its values may have."""

    label: str
    low: int
    high: int
    names: tuple[str, ...] = ()


_FIELDS = (
    _Field(label="second", low=0, high=59),
    _Field(label="minute", low=0, high=59),
    _Field(label="hour", low=0, high=23),
    _Field(label="day", low=1, high=31),
    _Field(label="month", low=1, high=12, names=_MONTHS),
    _Field(label="day of the week", low=0, high=6, names=_DAYS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Fires again and again after the same time."""

    every: timedelta

    def next_after(self, moment: datetime) -> datetime | None:
        """The moment, and the interval after it."""
        return moment + self.every


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """Fires whenever all fields agree with the clock."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    """Sunday is 0."""

    def next_after(self, moment: datetime) -> datetime | None:
        """The first time after `moment` (UTC), or nothing where there is none: 30 February."""
        start = moment.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)
        day = start.replace(hour=0, minute=0, second=0)
        while day - start < _HORIZON:
            if self._on(day) and (time := self._time_from(max(day, start))) is not None:
                return time
            day += timedelta(days=1)
        return None

    def _on(self, day: datetime) -> bool:
        weekday = day.isoweekday() % 7
        return day.day in self.days and day.month in self.months and weekday in self.weekdays

    def _time_from(self, earliest: datetime) -> datetime | None:
        """The first time on that day that is not before `earliest`."""
        for hour in self.hours:
            if hour < earliest.hour:
                continue
            for minute in self.minutes:
                if (hour, minute) < (earliest.hour, earliest.minute):
                    continue
                for second in self.seconds:
                    time = earliest.replace(hour=hour, minute=minute, second=second)
                    if time >= earliest:
                        return time
        return None


type Schedule = Cron | Interval


def parse_schedule(text: str) -> Schedule:
    """The schedule that `text` writes: NCRONTAB, or an interval such as `00:05:00`.

    Raises ValueError that says which part is wrong.
    """
    parts = text.split()
    if len(parts) == 1 and ":" in text:
        return _interval(text)
    if len(parts) == 5:
        parts = ["0", *parts]
    if len(parts) != len(_FIELDS):
        raise ValueError(f"{text!r} is no schedule: it needs six fields, or hh:mm:ss")
    values = [_values(part, field) for part, field in zip(parts, _FIELDS, strict=True)]
    seconds, minutes, hours, days, months, weekdays = values
    return Cron(
        seconds=tuple(sorted(seconds)),
        minutes=tuple(sorted(minutes)),
        hours=tuple(sorted(hours)),
        days=frozenset(days),
        months=frozenset(months),
        weekdays=frozenset(weekdays),
    )


def _interval(text: str) -> Interval:
    every = parse_timespan(text)
    if not every:
        raise ValueError("a timer cannot fire every 00:00:00")
    return Interval(every=every)


def _values(text: str, field: _Field) -> set[int]:
    """The values that one field allows."""
    return {value for part in text.split(",") for value in _part(part, field)}


def _part(text: str, field: _Field) -> range:
    span, slash, step = text.partition("/")
    if slash and (not step.isdecimal() or int(step) < 1):
        raise ValueError(f"{step!r} is no step for the {field.label}")
    first, dash, last = span.partition("-")
    if span == "*":
        low, high = field.low, field.high
    elif dash:
        low, high = sorted((_value(first, field), _value(last, field)))
    else:
        low = _value(span, field)
        high = field.high if slash else low
    return range(low, high + 1, int(step or 1))


def _value(text: str, field: _Field) -> int:
    if text.isdecimal() and field.low <= int(text) <= field.high:
        return int(text)
    named = [name for name in field.names if len(text) >= 3 and name.startswith(text.lower())]
    if len(named) != 1:
        raise ValueError(f"{text!r} is no {field.label} ({field.low} to {field.high})")
    return field.low + field.names.index(named[0])
