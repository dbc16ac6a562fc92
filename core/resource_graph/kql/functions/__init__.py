"""The functions of one row: each a name, how many arguments it takes, and the SQL that it is."""

from collections.abc import Mapping

from core.resource_graph.kql.functions.choices import CHOICES
from core.resource_graph.kql.functions.dynamics import DYNAMICS
from core.resource_graph.kql.functions.given import Function, Given
from core.resource_graph.kql.functions.numbers import NUMBERS
from core.resource_graph.kql.functions.texts import TEXTS
from core.resource_graph.kql.functions.times import TIMES
from core.resource_graph.kql.place import refused
from core.resource_graph.kql.syntax import Type
from core.resource_graph.kql.values import Value, computed

FUNCTIONS: Mapping[str, Function] = {
    **CHOICES,
    **TEXTS,
    **DYNAMICS,
    **TIMES,
    **NUMBERS,
    "pack_all": Function(least=0, most=1, build=lambda given: computed("NULL", Type.DYNAMIC)),
}
"""By name, in lower case. `pack_all` needs the row's columns, and is built where they are known."""


def call(name: str, given: Given) -> Value:
    """What a function makes of what it is given."""
    function = FUNCTIONS[name]
    count = len(given.values)
    if count < function.least or (function.most is not None and count > function.most):
        most = "any number" if function.most is None else function.most
        wanted = f"{function.least}" if most == function.least else f"{function.least} to {most}"
        raise refused(given.place, f"{name}() takes {wanted} arguments, not {count}")
    return function.build(given)


__all__ = ["FUNCTIONS", "Function", "Given", "call"]
