"""What is promised of an operation, where its route is registered: a method on a path, what may be
asked, and what is answered. The description of the API is made of nothing else."""

from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus

JSON = "application/json"


class Place(StrEnum):
    """Where a parameter stands."""

    QUERY = "query"
    PATH = "path"
    HEADER = "header"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """Something that may be asked, or must be."""

    name: str
    says: str
    """What it is for."""
    kind: object
    """Its type, with its bounds."""
    place: Place = Place.QUERY
    required: bool = False
    default: str | int | None = None
    """What holds where it is not given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer that is no problem."""

    kind: object
    """The type of its JSON, or a tuple of those that it may have; `None` for what is no JSON of
    ours."""
    status: HTTPStatus = HTTPStatus.OK
    documents: tuple[str, ...] = ()
    """Further media types, which are documents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A method on a path."""

    method: str
    path: str
    """Below `/api/`, with its parameters in braces."""
    says: str
    """A sentence."""
    group: str
    answers: tuple[Answered, ...]
    parameters: tuple[Parameter, ...] = ()
    body: object = None
    """The type of the request's body; `None` where there is none."""
    problems: frozenset[HTTPStatus] = field(default_factory=frozenset)
    """What may go wrong beyond what may always."""
    arm: bool = False
    """Whether errors are told as Azure Resource Manager tells them."""


def reads(
    path: str,
    kind: object,
    says: str,
    *parameters: Parameter,
    group: str,
    documents: tuple[str, ...] = (),
    problems: frozenset[HTTPStatus] = frozenset(),
    arm: bool = False,
) -> Operation:
    """A question. What has a name may not be there."""
    named = frozenset({HTTPStatus.NOT_FOUND}) if "{" in path else frozenset()
    return Operation(
        method="GET",
        path=path,
        says=says,
        group=group,
        answers=(Answered(kind=kind, documents=documents),),
        parameters=parameters,
        problems=problems | named,
        arm=arm,
    )


def acts(
    method: str,
    path: str,
    kind: object,
    says: str,
    *parameters: Parameter,
    group: str,
    body: object = None,
    statuses: tuple[HTTPStatus, ...] = (HTTPStatus.OK,),
    problems: frozenset[HTTPStatus] = frozenset(),
    arm: bool = False,
) -> Operation:
    """A request that changes something, or needs a body to be understood."""
    named = frozenset({HTTPStatus.NOT_FOUND}) if "{" in path else frozenset()
    return Operation(
        method=method,
        path=path,
        says=says,
        group=group,
        answers=tuple(Answered(kind=kind, status=status) for status in statuses),
        parameters=parameters,
        body=body,
        problems=problems | named,
        arm=arm,
    )
