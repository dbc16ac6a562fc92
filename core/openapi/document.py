"""Makes the description: OpenAPI 3.1, whose schemas are JSON Schema 2020-12, as msgspec
writes it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

import msgspec

from core.answers.problems import CloudError, Problem
from core.openapi.operations import JSON, Answered, Operation, Parameter, Place
from core.query.shapes import Json

ALWAYS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_ACCEPTABLE,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.REQUEST_URI_TOO_LONG,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
"""What may go wrong with every request."""

PROBLEM = "application/problem+json"
_SCHEMAS = "#/components/schemas/{name}"
_NAMED = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """An operation, and who may ask for it."""

    operation: Operation
    id: str
    role: str | None
    """The least role that it takes; `None` where anybody may ask."""


def document(described: Sequence[Described], *, title: str, version: str, server: str) -> Json:
    """The description of an API that consists of these operations. Raises ValueError for a path
    whose parameters are not those that are described."""
    for one in described:
        _check(one.operation)
    schemas, components = _schemas(described)
    paths: dict[str, dict[str, Json]] = {}
    for one in described:
        path = paths.setdefault(f"/{one.operation.path}", {})
        path[one.operation.method.lower()] = _operation(one, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "license": _LICENSE},
        "servers": [{"url": server}],
        "tags": [{"name": group} for group in dict.fromkeys(x.operation.group for x in described)],
        "paths": {**paths},
        "components": {"schemas": components, "securitySchemes": _SCHEMES},
    }


_LICENSE: Json = {"name": "MIT", "identifier": "MIT"}
_SCHEMES: Json = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "key": {"type": "apiKey", "in": "header", "name": "x-functions-key"},
}

type _Schemas = Mapping[object, Json]
"""What stands for a type, by the type."""


def _check(operation: Operation) -> None:
    named = set(_NAMED.findall(operation.path))
    described = {one.name for one in operation.parameters if one.place is Place.PATH}
    if named != described:
        raise ValueError(f"the path {operation.path} has the parameters {sorted(named)}")


def _schemas(described: Iterable[Described]) -> tuple[_Schemas, Json]:
    kinds: list[object] = [Problem, CloudError]
    for one in described:
        operation = one.operation
        kinds += [operation.body, *(parameter.kind for parameter in operation.parameters)]
        kinds += [kind for answer in operation.answers for kind in _several(answer.kind)]
    distinct = [kind for kind in dict.fromkeys(kinds) if kind is not None]
    schemas, components = msgspec.json.schema_components(
        distinct, schema_hook=_anything, ref_template=_SCHEMAS
    )
    return dict(zip(distinct, schemas, strict=True)), components


def _anything(kind: type) -> dict[str, object]:
    """The schema of what may be anything."""
    if kind is object:
        return {}
    raise NotImplementedError(f"no schema for {kind}")


def _operation(one: Described, schemas: _Schemas) -> Json:
    operation = one.operation
    told: dict[str, Json] = {
        "operationId": one.id,
        "summary": operation.says,
        "tags": [operation.group],
        "parameters": [_parameter(given, schemas) for given in operation.parameters],
        "responses": _responses(operation, schemas),
        "security": [{}] if one.role is None else [{"bearer": [one.role]}, {"key": []}],
    }
    if operation.body is not None:
        content: Json = {JSON: {"schema": schemas[operation.body]}}
        told["requestBody"] = {"required": True, "content": content}
    return told


def _parameter(one: Parameter, schemas: _Schemas) -> Json:
    schema = schemas[one.kind]
    if one.default is not None and isinstance(schema, dict):
        schema = {**schema, "default": one.default}
    return {
        "name": one.name,
        "in": one.place.value,
        "description": one.says,
        "required": one.required or one.place is Place.PATH,
        "schema": schema,
    }


def _responses(operation: Operation, schemas: _Schemas) -> Json:
    told = {str(answer.status.value): _answered(answer, schemas) for answer in operation.answers}
    told |= _not_modified(operation)
    kind, media_type = (
        (CloudError, JSON) if operation.arm else (Problem, "application/problem+json")
    )
    for status in sorted({*ALWAYS, *operation.problems}):
        content: Json = {media_type: {"schema": schemas[kind]}}
        told[str(status.value)] = {"description": status.phrase, "content": content}
    return {**told}


def _not_modified(operation: Operation) -> dict[str, Json]:
    if operation.method != "GET":
        return {}
    return {"304": {"description": "What the client has, by its ETag, is still so"}}


def _answered(answer: Answered, schemas: _Schemas) -> Json:
    content: dict[str, Json] = {}
    told = [schemas[kind] for kind in _several(answer.kind) if kind is not None]
    if told:
        content[JSON] = {"schema": told[0] if len(told) == 1 else {"anyOf": told}}
    content |= {media_type: {} for media_type in answer.documents}
    return {"description": answer.status.phrase, "content": content, "headers": _HEADERS}


def _several(kind: object) -> tuple[object, ...]:
    return kind if isinstance(kind, tuple) else (kind,)


_HEADERS: Json = {
    "ETag": {"description": "Changes when the answer does", "schema": {"type": "string"}}
}
