"""What a function is given, in the types in which it wants it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.resource_graph.kql import conversions
from core.resource_graph.kql.place import Place, refused
from core.resource_graph.kql.syntax import Expression, Literal, Type
from core.resource_graph.kql.values import Bound, Computed, Value, computed


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A call's arguments."""

    values: tuple[Value, ...]
    expressions: tuple[Expression, ...]
    """The same, as written."""
    bound: Bound
    place: Place

    def __len__(self) -> int:
        return len(self.values)

    def text(self, at: int) -> str:
        """SQL for an argument as a text."""
        return conversions.text(self.values[at])

    def long(self, at: int) -> str:
        """SQL for an argument as a whole number."""
        return conversions.long(self.values[at])

    def real(self, at: int) -> str:
        """SQL for an argument as a number."""
        return conversions.real(self.values[at])

    def json(self, at: int) -> str:
        """SQL for an argument as JSON."""
        return conversions.json(self.values[at])

    def moment(self, at: int) -> str:
        """SQL for an argument as a moment."""
        return conversions.moment(self.values[at])

    def span(self, at: int) -> str:
        """SQL for an argument as a length of time."""
        return conversions.span(self.values[at])

    def condition(self, at: int) -> str:
        """SQL for an argument as a condition."""
        return conversions.truth(self.values[at])

    def written(self, at: int, what: str) -> str:
        """The text that an argument is in the query itself. InvalidQuery where it is none."""
        value = self.expressions[at]
        if not isinstance(value, Literal) or not isinstance(value.value, str):
            raise refused(self.place, f"{what} must stand in the query itself, as a text")
        return value.value

    def whole(self, at: int, what: str, *, most: int) -> int:
        """The number that an argument is in the query itself."""
        value = self.expressions[at]
        number = value.value if isinstance(value, Literal) else None
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= most:
            raise refused(self.place, f"{what} must be a whole number from 0 to {most}")
        return number


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """How a function is built."""

    least: int
    """Arguments, at least."""
    most: int | None
    """Arguments, at most; `None` for any number."""
    build: Callable[[Given], Value]


def function(build: Callable[[Given], Value], least: int = 1, most: int | None = -1) -> Function:
    """A function that takes so many arguments: exactly `least`, where nothing else is said."""
    return Function(least=least, most=least if most == -1 else most, build=build)


def of_texts(sql: str, type_: Type = Type.STRING, least: int = 1) -> Function:
    """A function of texts, as SQL with `{0}`, `{1}` … for them."""
    return function(
        lambda given: computed(sql.format(*map(conversions.text, given.values)), type_), least
    )


def of_numbers(sql: str, least: int = 1) -> Function:
    """A function of numbers that gives one."""
    return function(
        lambda given: computed(sql.format(*map(conversions.real, given.values)), Type.REAL), least
    )


def together(values: Sequence[Value]) -> tuple[list[Computed], Type]:
    """Several values in the type in which they meet."""
    type_ = conversions.common(*values)
    return [conversions.converted(one, type_) for one in values], type_
