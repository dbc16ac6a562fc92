"""Functions of moments and lengths of time. All moments are in UTC, and weeks begin on Sunday."""

import re
from collections.abc import Mapping

from core.resource_graph.kql.functions.given import Function, Given, function
from core.resource_graph.kql.literals import DAY
from core.resource_graph.kql.place import refused
from core.resource_graph.kql.syntax import Type
from core.resource_graph.kql.values import Value, computed

NOW = "now"
"""The parameter that says what the time is: the same everywhere in a query."""

_PARTS = {
    **{name: name for name in ("year", "quarter", "month", "week", "day", "hour", "minute")},
    "second": "second",
    "millisecond": "millisecond",
    "microsecond": "microsecond",
}
"""Parts of a moment by Kusto's names, in DuckDB's."""

_FORMATS = (
    ("yyyy", "%Y"),
    ("yy", "%y"),
    ("MM", "%m"),
    ("dd", "%d"),
    ("HH", "%H"),
    ("hh", "%I"),
    ("mm", "%M"),
    ("ss", "%S"),
    ("tt", "%p"),
    ("fffffff", "%f0"),
    ("ffffff", "%f"),
    ("fff", "%g"),
    ("FFFFFFF", "%f0"),
    ("FFF", "%g"),
    ("M", "%-m"),
    ("d", "%-d"),
    ("H", "%-H"),
    ("h", "%-I"),
    ("m", "%-M"),
    ("s", "%-S"),
)
_FORMAT = re.compile("|".join(one for one, _ in _FORMATS) + r"|[-/:,. _\[\]TZ]|(.)", re.DOTALL)


def _now(given: Given) -> Value:
    shift = f" + {given.span(0)}" if len(given) else ""
    return computed(f"make_timestamp(${NOW}{shift})", Type.DATETIME)


def _ago(given: Given) -> Value:
    return computed(f"make_timestamp(${NOW} - {given.span(0)})", Type.DATETIME)


def _part(given: Given, at: int) -> str:
    word = given.written(at, "the part of a moment").lower()
    if word not in _PARTS:
        raise refused(given.place, f"a moment has no {word[:40]!r}; it has {', '.join(_PARTS)}")
    return _PARTS[word]


def _difference(given: Given) -> Value:
    """How many borders of that part lie between two moments; negative when the first is earlier."""
    part = _part(given, 0)
    first, second = given.moment(1), given.moment(2)
    if part == "week":
        days = f"datediff('day', {_sunday(second)}, {_sunday(first)})"
        return computed(f"({days} // 7)", Type.LONG)
    return computed(f"datediff('{part}', {second}, {first})", Type.LONG)


def _added(given: Given) -> Value:
    part = _part(given, 0)
    units = {"quarter": ("months", 3), "millisecond": ("milliseconds", 1)}
    unit, factor = units.get(part, (f"{part}s", 1))
    moment, count = given.moment(2), given.long(1)
    interval = f"to_{unit}(CAST({count} * {factor} AS INTEGER))"
    return computed(f"({moment} + {interval})", Type.DATETIME)


def _part_of(given: Given) -> Value:
    part = given.written(0, "the part of a moment").lower()
    parts = {**_PARTS, "week_of_year": "week", "dayofyear": "dayofyear", "day_of_year": "dayofyear"}
    if part not in parts:
        raise refused(given.place, f"a moment has no {part[:40]!r}; it has {', '.join(parts)}")
    return computed(f"datepart('{parts[part]}', {given.moment(1)})", Type.LONG)


def _formatted(given: Given) -> Value:
    """A moment as a text, by Kusto's letters: `yyyy-MM-dd HH:mm:ss`."""
    letters = dict(_FORMATS)

    def told(found: re.Match[str]) -> str:
        if found[1] is not None:
            raise refused(given.place, f"{found[1]!r} has no meaning in a format of moments")
        return letters.get(found[0], found[0])

    form = _FORMAT.sub(told, given.written(1, "the format"))
    return computed(
        f"coalesce(strftime({given.moment(0)}, {given.bound.text(form)}), '')", Type.STRING
    )


def _sunday(moment: str) -> str:
    return f"(date_trunc('day', {moment}) - to_days(CAST(dayofweek({moment}) AS INTEGER)))"


def _start(part: str) -> Function:
    """The beginning of a day, week, month or year, some of them later where that is asked."""

    def build(given: Given) -> Value:
        moment = _shifted(given, part)
        return computed(_beginning(part, moment), Type.DATETIME)

    return function(build, 1, 2)


def _end(part: str) -> Function:
    """The last moment of a day, week, month or year."""

    def build(given: Given) -> Value:
        beginning = _beginning(part, _shifted(given, part))
        sql = f"({beginning} + to_{part}s(1) - to_microseconds(1))"
        return computed(sql, Type.DATETIME)

    return function(build, 1, 2)


def _shifted(given: Given, part: str) -> str:
    if len(given) == 1:
        return given.moment(0)
    return f"({given.moment(0)} + to_{part}s(CAST({given.long(1)} AS INTEGER)))"


def _beginning(part: str, moment: str) -> str:
    if part == "week":
        return f"CAST({_sunday(moment)} AS TIMESTAMP)"
    return f"CAST(date_trunc('{part}', {moment}) AS TIMESTAMP)"


def _number(part: str) -> Function:
    return function(lambda given: computed(f"datepart('{part}', {given.moment(0)})", Type.LONG))


def _day_of_week(given: Given) -> Value:
    """Days since Sunday, as a length of time."""
    return computed(f"(dayofweek({given.moment(0)}) * {DAY})", Type.TIMESPAN)


def _moment(given: Given) -> Value:
    parts = [given.long(at) for at in range(len(given))] + ["0"] * (6 - len(given))
    sql = ", ".join((*parts[:5], f"CAST({parts[5]} AS DOUBLE)"))
    return computed(f"TRY(make_timestamp({sql}))", Type.DATETIME)


def _span(given: Given) -> Value:
    """Hours and minutes, with seconds; four numbers begin with days."""
    sizes = (DAY, DAY // 24, 60_000_000, 1_000_000)
    chosen = sizes if len(given) == 4 else sizes[1 : 1 + len(given)]
    terms = (f"{given.real(at)} * {size}" for at, size in enumerate(chosen))
    return computed(f"CAST(round({' + '.join(terms)}) AS BIGINT)", Type.TIMESPAN)


def _span_formatted(given: Given) -> Value:
    """A length of time as a text: `d`, `hh`, `mm`, `ss` and what stands between them."""
    span = given.span(0)
    pieces = {
        "d": f"CAST({span} // {DAY} AS VARCHAR)",
        "h": f"lpad(CAST({span} // 3600000000 % 24 AS VARCHAR), 2, '0')",
        "m": f"lpad(CAST({span} // 60000000 % 60 AS VARCHAR), 2, '0')",
        "s": f"lpad(CAST({span} // 1000000 % 60 AS VARCHAR), 2, '0')",
    }
    parts = []
    for found in re.finditer(r"(d|h|H|m|s)\1*|[^dhHms]+", given.written(1, "the format")):
        letter = (found[1] or "").lower()
        parts.append(pieces[letter] if letter else given.bound.text(found[0]))
    return computed(f"coalesce({' || '.join(parts) or given.bound.text('')}, '')", Type.STRING)


def _unix(factor: int) -> Function:
    return function(
        lambda given: computed(
            f"make_timestamp(CAST({given.real(0)} * {factor} AS BIGINT))", Type.DATETIME
        )
    )


TIMES: Mapping[str, Function] = {
    "now": function(_now, 0, 1),
    "ago": function(_ago),
    "datetime_diff": function(_difference, 3),
    "datetime_add": function(_added, 3),
    "datetime_part": function(_part_of, 2),
    "format_datetime": function(_formatted, 2),
    "format_timespan": function(_span_formatted, 2),
    "make_datetime": function(_moment, 3, 6),
    "make_timespan": function(_span, 2, 4),
    **{f"startof{part}": _start(part) for part in ("day", "week", "month", "year")},
    **{f"endof{part}": _end(part) for part in ("day", "week", "month", "year")},
    "dayofweek": function(_day_of_week),
    "dayofmonth": _number("day"),
    "dayofyear": _number("dayofyear"),
    "monthofyear": _number("month"),
    "getmonth": _number("month"),
    "getyear": _number("year"),
    "hourofday": _number("hour"),
    "week_of_year": _number("week"),
    "weekofyear": _number("week"),
    "unixtime_seconds_todatetime": _unix(1_000_000),
    "unixtime_milliseconds_todatetime": _unix(1000),
}
"""By name."""
