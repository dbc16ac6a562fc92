"""Expressions as SQL."""

from core.resource_graph.kql import conversions
from core.resource_graph.kql.beginnings import is_of_beginning
from core.resource_graph.kql.comparisons import compared, is_folded, meeting, one_of
from core.resource_graph.kql.functions import FUNCTIONS, Given, call
from core.resource_graph.kql.place import Place, refused
from core.resource_graph.kql.relations import Relation, Scope
from core.resource_graph.kql.syntax import (
    Among,
    Between,
    Binary,
    Call,
    Expression,
    Literal,
    Logic,
    Member,
    Name,
    Negative,
    Pipeline,
    Star,
    Type,
)
from core.resource_graph.kql.values import (
    Computed,
    Property,
    Value,
    computed,
    id_use,
    pointer,
)

_FEWEST_TERMS = {"has_any": " OR ", "has_all": " AND "}


class Scalars:
    """Translates expressions over some rows."""

    def __init__(self, scope: Scope, rows: Relation) -> None:
        self._scope = scope
        self._rows = rows

    def value(self, expression: Expression) -> Value:
        """What the expression becomes. InvalidQuery where it makes no sense."""
        match expression:
            case Literal():
                return self._literal(expression)
            case Name():
                return self._named(expression)
            case Member():
                return self._member(expression)
            case Call():
                return self._call(expression)
            case Binary():
                return self._binary(expression)
            case Logic(operator=operator, terms=terms):
                joined = f" {operator.upper()} ".join(self.condition(one) for one in terms)
                return computed(f"({joined})", Type.BOOL)
            case Negative(value=inner, place=place):
                return _negative(self.value(inner), place)
            case Among():
                return computed(self._among(expression), Type.BOOL)
            case Between():
                return computed(self._between(expression), Type.BOOL)
            case Star(place=place):
                raise refused(place, "'*' stands for no value here")

    def condition(self, expression: Expression) -> str:
        """SQL for whether the expression holds."""
        return conversions.truth(self.value(expression))

    def computed(self, expression: Expression) -> Computed:
        """The same as `value`, looked up."""
        return looked_up(self.value(expression))

    def _literal(self, literal: Literal) -> Computed:
        if literal.value is None:
            return conversions.null(literal.type)
        return computed(self._scope.bound.literal(literal.value, literal.type), literal.type)

    def _named(self, name: Name) -> Value:
        columns = {one.name for one in self._rows.columns}
        if name.name not in columns and name.name in self._scope.values:
            return self._scope.values[name.name]
        return self._rows.column(name).value

    def _member(self, member: Member) -> Value:
        base = self.value(member.base)
        key = member.key.value if isinstance(member.key, Literal) else None
        if isinstance(key, bool | float) or (key is None and isinstance(member.key, Literal)):
            raise refused(member.place, "a property is named by a text or a whole number")
        if base.type is not Type.DYNAMIC:
            raise refused(
                member.place, f"a {base.type} has no properties; parse_json() or split() gives some"
            )
        if key is None:
            return self._member_by(base, self.value(member.key))
        if isinstance(key, int) and isinstance(base, Computed) and base.elements is not None:
            place = key + 1 if key >= 0 else key
            return computed(f"coalesce(({base.elements})[{place}], '')", Type.STRING)
        if isinstance(base, Property) and not (isinstance(key, int) and key < 0):
            return Property(use=base.use, path=(*base.path, key))
        where = f"$[#{key}]" if isinstance(key, int) and key < 0 else pointer((key,))
        given = self._scope.bound.text(where)
        return computed(f"json_extract({conversions.json(base)}, {given})", Type.DYNAMIC)

    def _member_by(self, base: Value, key: Value) -> Computed:
        """What stands under a name that the row itself says."""
        escaped = f"replace(replace({conversions.text(key)}, '~', '~0'), '/', '~1')"
        sql = f"json_extract({conversions.json(base)}, '/' || {escaped})"
        return computed(sql, Type.DYNAMIC)

    def _call(self, expression: Call) -> Value:
        if expression.function not in FUNCTIONS:
            raise refused(expression.place, f"there is no function {expression.function!r} here")
        if expression.function == "pack_all":
            return self._all()
        if expression.function == "extract" and len(expression.arguments) == 4:
            expression = _typed_extract(expression)
        given = Given(
            values=tuple(self.value(one) for one in expression.arguments),
            expressions=expression.arguments,
            bound=self._scope.bound,
            place=expression.place,
        )
        return call(expression.function, given)

    def _all(self) -> Computed:
        """All columns as one bag."""
        members = ", ".join(
            f"{self._scope.bound.text(one.name)}, {conversions.json(one.value)}"
            for one in self._rows.columns
        )
        return computed(f"json_object({members})", Type.DYNAMIC)

    def _binary(self, binary: Binary) -> Computed:
        left, right = self.value(binary.left), self.value(binary.right)
        if binary.operator in ("+", "-", "*", "/", "%"):
            return calculated(binary.operator, left, right, binary.place)
        use = id_use(left) if binary.operator == "matches" else None
        if use is not None and is_of_beginning(binary.right, 0):
            sql = f"regexp_matches({{id}}, {conversions.text(right)})"
            return computed(use.derive(sql), Type.BOOL)
        return compared(binary.operator, left, right, binary.place)

    def _between(self, between: Between) -> str:
        value, low, high = (self.value(one) for one in (between.value, between.low, between.high))
        above = compared(">=", value, low, between.place).sql
        if low.type is Type.DATETIME and high.type is Type.TIMESPAN:
            high = calculated("+", low, high, between.place)
        below = compared("<=", value, high, between.place).sql
        return f"(NOT ({above} AND {below}))" if between.negated else f"({above} AND {below})"

    def _among(self, among: Among) -> str:
        operator = among.operator.removeprefix("!").removesuffix("~")
        value = self.value(among.value)
        folding = among.operator.endswith("~")
        if isinstance(among.choices, Pipeline):
            found = self._in_table(value, among.choices, among.place, folding=folding)
        elif operator == "in":
            found = self._in_list(value, among, folding=folding)
        else:
            tests = [
                compared("has", value, one, among.place).sql for one in self._choices(among.choices)
            ]
            found = f"({_FEWEST_TERMS[operator].join(tests)})" if tests else "false"
        return f"(NOT {found})" if among.operator.startswith("!") else found

    def _in_list(self, value: Value, among: Among, *, folding: bool) -> str:
        if isinstance(among.choices, Pipeline) or not among.choices:
            return "false"
        first = self.value(among.choices[0])
        if len(among.choices) == 1 and first.type is Type.DYNAMIC:
            fold = "lower({})" if folding or is_folded(value) else "{}"
            items = f"list_transform(kql_items({conversions.json(first)}), lambda one: "
            items += fold.format("one ->> '$'") + ")"
            contained = f"list_contains({items}, {fold.format(conversions.text(value))})"
            return f"coalesce({contained}, false)"
        return one_of(value, [self.value(one) for one in among.choices], folding=folding)

    def _choices(self, choices: tuple[Expression, ...] | Pipeline) -> list[Value]:
        """The terms of a list; those of a dynamic literal one by one."""
        if isinstance(choices, Pipeline):
            return []
        return [self.value(one) for one in choices]

    def _in_table(self, value: Value, table: Pipeline, place: Place, *, folding: bool) -> str:
        rows = self._scope.table(table)
        if not rows.columns:
            raise refused(place, "the table has no column to look in")
        fold = "lower({})" if folding or is_folded(value) else "{}"
        first = fold.format(conversions.text(rows.columns[0].value))
        return f"({fold.format(conversions.text(value))} IN (SELECT {first} FROM {rows.source}))"


def looked_up(value: Value) -> Computed:
    """A value that is SQL: a property becomes its JSON."""
    if isinstance(value, Computed):
        return value
    return computed(conversions.json(value), Type.DYNAMIC)


def calculated(operator: str, left: Value, right: Value, place: Place) -> Computed:
    """A sum, a difference, a product, a quotient or a remainder; of times as well."""
    types = (left.type, right.type)
    if Type.DATETIME in types:
        return _of_moments(operator, left, right, place)
    if Type.TIMESPAN in types:
        return _of_spans(operator, left, right)
    if types == (Type.STRING, Type.STRING) or Type.BOOL in types:
        raise refused(place, f"{operator!r} is for numbers and times; strcat() joins texts")
    first, second = meeting(left, right) if Type.DYNAMIC not in types else (left, right)
    if first.type is second.type is Type.LONG:
        whole = {"/": "//"}.get(operator, operator)
        divisor = f"nullif({conversions.long(second)}, 0)" if operator in "/%" else second
        right_sql = divisor if isinstance(divisor, str) else conversions.long(second)
        return computed(f"({conversions.long(first)} {whole} {right_sql})", Type.LONG)
    sql = f"({conversions.real(first)} {operator} {conversions.real(second)})"
    return computed(sql, Type.REAL)


def _of_moments(operator: str, left: Value, right: Value, place: Place) -> Computed:
    """A moment and a length of time, or two moments."""
    if operator == "-" and right.type is not Type.TIMESPAN:
        first, second = conversions.moment(left), conversions.moment(right)
        return computed(f"(epoch_us({first}) - epoch_us({second}))", Type.TIMESPAN)
    if operator not in ("+", "-"):
        raise refused(place, f"{operator!r} is not for moments")
    moment, span = (left, right) if left.type is Type.DATETIME else (right, left)
    sql = f"make_timestamp(epoch_us({conversions.moment(moment)}) {operator} "
    return computed(f"{sql}{conversions.span(span)})", Type.DATETIME)


def _of_spans(operator: str, left: Value, right: Value) -> Computed:
    """Lengths of time with each other, or with numbers."""
    if operator == "/" and left.type is right.type:
        quotient = f"(CAST({conversions.span(left)} AS DOUBLE) / {conversions.span(right)})"
        return computed(quotient, Type.REAL)
    if operator in ("*", "/"):
        sql = f"({conversions.real(left)} {operator} {conversions.real(right)})"
        return computed(f"TRY_CAST(round{sql} AS BIGINT)", Type.TIMESPAN)
    sql = f"({conversions.span(left)} {operator} {conversions.span(right)})"
    return computed(sql, Type.TIMESPAN)


def _negative(value: Value, place: Place) -> Computed:
    match value.type:
        case Type.LONG | Type.TIMESPAN:
            return computed(f"(- {conversions.long(value)})", value.type)
        case Type.REAL | Type.DYNAMIC:
            return computed(f"(- {conversions.real(value)})", Type.REAL)
        case _:
            raise refused(place, f"a {value.type} has no negative")


def _typed_extract(call_: Call) -> Call:
    """`extract(regex, group, text, typeof(long))` as a conversion of what is extracted."""
    *rest, type_ = call_.arguments
    if not isinstance(type_, Call) or type_.function != "typeof" or len(type_.arguments) != 1:
        raise refused(call_.place, "the last argument of extract() is a typeof()")
    inner = Call(function="extract", arguments=tuple(rest), place=call_.place)
    name = type_.arguments[0].name if isinstance(type_.arguments[0], Name) else ""
    conversion = {"date": "datetime", "time": "timespan"}.get(name, name)
    return Call(function=f"to{conversion}", arguments=(inner,), place=call_.place)
