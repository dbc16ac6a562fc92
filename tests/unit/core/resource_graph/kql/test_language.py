"""Kusto's language, expression by expression and operator by operator, over a few written rows."""

from collections.abc import Iterator

import pytest

from core.query.shapes import Json
from core.resource_graph.database import Database
from core.resource_graph.kql.aggregates import AGGREGATES
from tests.support.graph import run, value, written

ROWS: list[dict[str, Json]] = [
    {"n": 1, "s": "Alpha beta", "t": "2026-11-20T10:00:00Z", "list": ["a", "b"], "bag": {"x": 1}},
    {"n": 2.5, "s": "gamma", "t": None, "list": [], "bag": {"y": {"z": "deep"}}, "kind": "odd"},
    {"n": 10, "s": "", "list": ["c"], "a b": "spaced", "it's": "quoted", "kind": "odd"},
]


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    made = written(ROWS)
    yield made
    made.close()


EXPRESSIONS: list[tuple[str, Json]] = [
    # literals
    ("'one ' \"text\"", "one text"),
    (r"'a\tb\\'", "a\tb\\"),
    ('@"c:\\d"', "c:\\d"),
    ("0x10", 16),
    ("1e3", 1000.0),
    ("long(-1)", -1),
    ("bool(true)", True),
    ("1h + 30m", "01:30:00"),
    ("2d", "2.00:00:00"),
    ("timespan(1.02:03:04)", "1.02:03:04"),
    ("datetime(2026-11-22T10:30:00+02:00)", "2026-11-22T08:30:00.0000000Z"),
    ("dynamic({'a': [1, \"b\", null]})", {"a": [1, "b", None]}),
    ("guid(3F1C4F3E-6F0C-5B0E-9D0A-6F3F6F0F8B11)", "3f1c4f3e-6f0c-5b0e-9d0a-6f3f6f0f8b11"),
    # numbers
    ("7 / 2", 3),
    ("7 / 2.0", 3.5),
    ("7 % 4 + 2 * 3 - -1", 10),
    ("1 / 0", None),
    ("round(2.345, 1)", 2.3),
    ("bin(7, 5)", 5),
    ("bin(7.5, 2.5)", 7.5),
    ("floor(-1.5, 1)", -2.0),
    ("max_of(1, 3, 2)", 3),
    ("abs(-5)", 5),
    # texts
    ("strcat('a', 1, true, 2.5)", "a1true2.5"),
    ("substring('hello', 1, 3)", "ell"),
    ("substring('hello', -2)", "lo"),
    ("split('a/b/c', '/')", ["a", "b", "c"]),
    ("split('a/b/c', '/')[-1]", "c"),
    ("split('a/b/c', '/').[0]", "a"),
    ("split('a/b/c', '/')[9]", ""),
    ("strcat_array(dynamic(['a', 'b']), '-')", "a-b"),
    ("extract('([0-9]+)-(.)', 2, 'x 12-y')", "y"),
    ("extract('([0-9]+)', 1, 'x 12', typeof(long)) + 1", 13),
    ("extract_all('([a-z])[0-9]', 'a1 b2')", ["a", "b"]),
    ("trim('[. ]+', ' .x. ')", "x"),
    ("replace_string('aXa', 'a', 'b')", "bXb"),
    (r"replace_regex('a1b22', @'\d+', '#')", "a#b#"),
    ("indexof('hello', 'l')", 2),
    ("countof('banana', 'an')", 2),
    ("toupper('ß') == 'ß'", False),
    ("strlen('héllo')", 5),
    ("parse_version('1.10.0') > parse_version('1.9.9')", True),
    # comparisons
    ("'a' == 'A'", False),
    ("'a' =~ 'A'", True),
    ("'a' !~ 'A'", False),
    ("'Alpha-beta' has 'BETA'", True),
    ("'Alphabeta' has 'beta'", False),
    ("'Alphabeta' hassuffix 'BETA'", True),
    ("'Alpha' contains_cs 'alp'", False),
    ("'Alpha' !contains 'zz'", True),
    ("'Alpha' startswith 'AL'", True),
    ("'Alpha' !startswith 'AL'", False),
    ("'Alpha' endswith 'PHA'", True),
    ("'a' in ('b', 'a')", True),
    ("'A' in~ ('b', 'a')", True),
    ("'a' !in ('b', 'a')", False),
    ("'a' in (dynamic(['a', 'c']))", True),
    ("'x y' has_any ('z', 'y')", True),
    ("'x y' has_all ('z', 'y')", False),
    ("5 between (1 .. 5)", True),
    ("6 !between (1 .. 5)", True),
    ("'ab12' matches regex @'^[a-z]+\\d+$'", True),
    ("1 < 2 and not(2 < 1) or false", True),
    ("datetime(2026-11-22) > datetime(2026-11-21T23:59:59Z)", True),
    # what is not there
    ("isnull(properties.nothing)", True),
    ("isempty(properties.nothing.deeper)", True),
    ("tostring(properties.nothing)", ""),
    ("properties.nothing == 'x'", False),
    ("properties.nothing != 'x'", True),
    ("isnotempty(properties.s)", True),
    ("coalesce(tostring(properties.nothing), '', 'last')", "last"),
    ("coalesce(properties.nothing, properties.n)", 1),
    ("iff(isnull(properties.nothing), 'none', 'some')", "none"),
    ("case(1 > 2, 'a', 2 > 1, 'b', 'c')", "b"),
    ("tolong('x')", None),
    ("toint('12.7')", 12),
    ("tobool('true')", True),
    ("todouble(properties.n) * 2", 2.0),
    # properties
    ("properties.bag.x", 1),
    ("properties['bag']['x'] + 1", 2.0),
    ("properties.list[0]", "a"),
    ("properties.list[-1]", "b"),
    ("array_length(properties.list)", 2),
    ("properties.list", ["a", "b"]),
    ("bag_keys(properties.bag)", ["x"]),
    ("bag_merge(dynamic({'a': 1}), dynamic({'a': 2, 'b': 3}))", {"a": 1, "b": 3}),
    ("pack('a', 1, 'b', pack_array('c', 2))", {"a": 1, "b": ["c", 2]}),
    ('parse_json(\'{"a": {"b": [1, 2]}}\').a.b[1]', 2),
    ("parse_json('no json')", "no json"),
    ("array_concat(properties.list, dynamic([1]))", ["a", "b", 1]),
    ("array_slice(dynamic([1, 2, 3, 4]), 1, -2)", [2, 3]),
    ("set_has_element(properties.list, 'b')", True),
    ("set_union(dynamic([1]), dynamic([1]))", [1]),
    ("gettype(properties.list)", "array"),
    # times: it is 2026-11-22T08:30:00Z
    ("now()", "2026-11-22T08:30:00.0000000Z"),
    ("ago(1d)", "2026-11-21T08:30:00.0000000Z"),
    ("now() - todatetime(properties.t)", "1.22:30:00"),
    ("todatetime(properties.t) < ago(1d)", True),
    ("properties.t > ago(3d)", True),
    ("datetime_diff('day', now(), todatetime(properties.t))", 2),
    ("datetime_diff('hour', todatetime(properties.t), now())", -46),
    ("datetime_add('month', 1, now())", "2026-12-22T08:30:00.0000000Z"),
    ("format_datetime(now(), 'yyyy-MM-dd HH:mm')", "2026-11-22 08:30"),
    ("startofweek(now())", "2026-11-22T00:00:00.0000000Z"),
    ("startofmonth(now())", "2026-11-01T00:00:00.0000000Z"),
    ("endofday(now())", "2026-11-22T23:59:59.9999990Z"),
    ("bin(now(), 1h)", "2026-11-22T08:00:00.0000000Z"),
    ("dayofweek(datetime(2026-11-23)) == 1d", True),
    ("getyear(now()) + monthofyear(now())", 2037),
    ("1d / 1h", 24.0),
    ("totimespan('01:00:00') == 1h", True),
]


@pytest.mark.parametrize(("expression", "expected"), EXPRESSIONS)
def test_an_expression_is_what_kusto_says(
    database: Database, expression: str, expected: Json
) -> None:
    assert value(database, expression) == expected


SUMMED_UP = ("toint(properties.n)", "properties.n", "properties.bag", "name", "now()", "1d")
CONDITIONAL = sorted(name for name in AGGREGATES if AGGREGATES[name].condition == 1)
PLAIN = sorted({"min", "max", "dcount", "any", "take_any", "make_list", "make_set", "make_bag"})


@pytest.mark.parametrize("of", SUMMED_UP)
@pytest.mark.parametrize("function", PLAIN)
def test_values_of_every_type_can_be_summed_up(database: Database, function: str, of: str) -> None:
    (row,) = run(database, f"resources | summarize v = {function}({of}) by type")
    assert list(row) == ["type", "v"]


@pytest.mark.parametrize("function", CONDITIONAL)
def test_a_condition_says_which_rows_are_summed_up(database: Database, function: str) -> None:
    query = "resources | summarize v = {0}(toint(properties.n), {1}), w = {0}(toint(properties.n), true)"
    (none,) = run(database, query.format(function, "false"))
    assert none["v"] != none["w"] or function == "make_bag_if", "a number is no bag"


R = "resources | order by id asc"
N = f"{R} | extend n = todouble(properties.n)"
QUERIES: list[tuple[str, list[list[Json]]]] = [
    (f"{R} | project name | take 2", [["row-0"], ["row-1"]]),
    (f"{R} | where properties.kind == 'odd' | project name", [["row-1"], ["row-2"]]),
    (f"{R} | project properties['a b'], properties['it\\'s'] | take 1", [[None, None]]),
    (f"{R} | project x = properties[\"it's\"] | where x != ''", [["quoted"]]),
    (f"{N} | order by n | project n", [[10.0], [2.5], [1.0]]),
    (f"{R} | sort by properties.t asc nulls last, name desc | project name",
     [["row-0"], ["row-2"], ["row-1"]]),
    (f"{R} | top 1 by properties.n | project name", [["row-2"]]),
    (f"{N} | summarize sum(n), avg(n), min(n), max(n), count()",
     [[13.5, 4.5, 1.0, 10.0, 3]]),
    (f"{R} | summarize n = count(), make_list(name) by kind = tostring(properties.kind)"
     " | order by kind asc", [["", 1, ["row-0"]], ["odd", 2, ["row-1", "row-2"]]]),
    (f"{R} | summarize 100.0 * countif(isnotempty(properties.kind)) / count()", [[66.66666666666667]]),
    (f"{N} | summarize arg_max(n, name) by type", [["microsoft.test/things", 10.0, "row-2"]]),
    (f"{R} | distinct kind = tostring(properties.kind)", [[""], ["odd"]]),
    (f"{R} | count", [[3]]),
    (f"{R} | mv-expand item = properties.list | project name, item",
     [["row-0", "a"], ["row-0", "b"], ["row-2", "c"]]),
    (f"{R} | mv-expand with_itemindex=i properties.list to typeof(string) | project i, properties_list",
     [[0, "a"], [1, "b"], [0, "c"]]),
    (f"{R} | mv-expand properties.bag | project properties_bag | take 2",
     [[{"x": 1}], [{"y": {"z": "deep"}}]]),
    (f"{R} | parse name with word '-' number: long | project word, number | take 1", [["row", 0]]),
    (f"{R} | parse kind=regex name with 'r[a-z]+-' digit | project digit | take 1", [["0"]]),
    (f"{R} | parse-where name with * '-2' | project name", [["row-2"]]),
    (f"{R} | project name, other = 1 | project-rename n = name | project-away oth* | take 1", [["row-0"]]),
    (f"{R} | project a = 1, b = 2, c = 3 | project-reorder c, a | take 1", [[3, 1, 2]]),
    (f"{R} | project a = 1, ab = 2, c = 3 | project-keep a* | take 1", [[1, 2]]),
    (f"{R} | project name | join kind=leftouter ({R} | where properties.kind == 'odd'"
     " | project name, found = 'yes') on name | project name, name1, found",
     [["row-0", "", ""], ["row-1", "row-1", "yes"], ["row-2", "row-2", "yes"]]),
    (f"{R} | project name | join kind=leftanti ({R} | where properties.kind == 'odd') on name", [["row-0"]]),
    (f"{R} | project l = name | join kind=inner ({R} | project r = name) on $left.l == $right.r | count",
     [[3]]),
    (f"{R} | project name, type | join ({R} | project type, other = name) on type | count", [[3]]),
    (f"{R} | project name | lookup ({R} | project name, n = properties.n) on name | take 1",
     [["row-0", 1]]),
    ("union (resources | where name == 'row-0'), (resources | where name == 'row-1')"
     " | project name | order by name desc", [["row-1"], ["row-0"]]),
    (f"{R} | project name | union withsource=source (resources | project name) | count", [[6]]),
    (f"let odd = {R} | where properties.kind == 'odd'; odd | join kind=leftsemi odd on name | count", [[2]]),
    (f"let least = 2; {N} | where n > least | project name", [["row-1"], ["row-2"]]),
    (f"{R} | where name in ((resources | where properties.n > 2 | project name)) | project name",
     [["row-1"], ["row-2"]]),
    (f"{R} | extend name = toupper(name) | project name | take 1", [["ROW-0"]]),
    (f"{R} | extend toint(properties.n), 1 + 1 | project properties_n, Column1 | take 1", [[1, 2]]),
    (f"{R} | project pack_all() | take 0", []),
    (f"{R} | where RESOURCEGROUP == 'demo' // the rest is gone\n | count", [[3]]),
    (f"{R} | where type in~ ('MICROSOFT.TEST/THINGS') and subscriptionId != '' | limit 1 | project name",
     [["row-0"]]),
]  # fmt: skip


@pytest.mark.parametrize(("query", "expected"), QUERIES)
def test_an_operator_does_what_kusto_says(
    database: Database, query: str, expected: list[list[Json]]
) -> None:
    assert [list(row.values()) for row in run(database, query)] == expected
