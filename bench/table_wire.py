"""Table Storage's words on the wire, read and written on the service's side: entities, conditions,
and the requests of a transaction. As much of them as `core.storage.tables` speaks."""

import base64
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal
from urllib.parse import unquote

from bench.quick_tables import entity
from core.storage.interface import Cell, Cells, Delete, Insert, Put, Replace, Row, Where, Write

type Operator = Literal["eq", "ne", "ge", "gt", "le", "lt"]

OPERATORS: Sequence[Operator] = ("eq", "ne", "ge", "gt", "le", "lt")

ROW = re.compile(r"/(\w+)\(PartitionKey='(.*)',RowKey='(.*)'\)$", re.DOTALL)
"""The path of a row: table, partition and key, quoted."""

_REQUEST = re.compile(
    rb"^(POST|PUT|DELETE) (\S+) HTTP/1\.1\r?\n((?:.+\r?\n)*?)\r?\n(\{.*\})?", re.MULTILINE
)
_IF_MATCH = re.compile(rb"^If-Match: *(.+?)\r?$", re.MULTILINE | re.IGNORECASE)
_CONDITION = re.compile(
    r"(?P<column>\w+) (?P<operator>eq|ne|g[et]|l[et]) "
    r"(?:'(?P<text>(?:[^']|'')*)'|X'(?P<bytes>[0-9a-f]*)'|(?P<flag>true|false)"
    r"|(?P<whole>-?\d+)L|(?P<real>[^\s']+))(?: and |$)"
)


def unquoted(text: str) -> str:
    """A key as it stands in a path."""
    return unquote(text).replace("''", "'")


def answered(row: Row) -> str:
    """A row as the service answers it."""
    return f'{{"odata.etag":{json.dumps(row.etag)},{entity(row.partition, row.key, row.cells)[1:]}'


def conditions(text: str) -> list[Where]:
    """The conditions of a filter. ValueError where it is none that is spoken here."""
    read, at = [], 0
    while at < len(text):
        found = _CONDITION.match(text, at)
        if found is None:
            raise ValueError(f"this filter is not spoken here: {text[at:]}")
        read.append(Where(found["column"], _operator(found["operator"]), _value(found)))
        at = found.end()
    return read


def transaction(body: bytes) -> tuple[str, str, list[Write]]:
    """Table, partition and changes of a transaction. ValueError when it has none."""
    requests = list(_requests(body))
    if not requests:
        raise ValueError("a transaction without requests")
    table, partition, _ = requests[0]
    return table, partition, [write for _, _, write in requests]


def _operator(word: str) -> Operator:
    return next(one for one in OPERATORS if one == word)


def _value(found: re.Match[str]) -> Cell:
    match found.lastgroup:
        case "text":
            return found["text"].replace("''", "'")
        case "bytes":
            return bytes.fromhex(found["bytes"])
        case "flag":
            return found["flag"] == "true"
        case "whole":
            return int(found["whole"])
        case _:
            return float(found["real"])


def _requests(body: bytes) -> Iterator[tuple[str, str, Write]]:
    for method, address, headers, content in _REQUEST.findall(body):
        given = json.loads(content) if content else {}
        if method == b"POST":
            table = address.decode().rpartition("/")[2]
            yield table, given["PartitionKey"], Insert(given["RowKey"], _cells(given))
            continue
        found = ROW.search(address.decode())
        if found is None:
            raise ValueError(f"no row has this address: {address!r}")
        match = _IF_MATCH.search(headers)
        condition = match[1].decode() if match else "*"
        etag = None if condition == "*" else condition
        yield found[1], unquoted(found[2]), _change(unquoted(found[3]), method, etag, given)


def _change(key: str, method: bytes, etag: str | None, given: Mapping[str, object]) -> Write:
    if method == b"DELETE":
        return Delete(key, etag)
    return Put(key, _cells(given)) if etag is None else Replace(key, _cells(given), etag)


def _cells(given: Mapping[str, object]) -> Cells:
    return {
        name: _cell(value, given.get(f"{name}@odata.type"))
        for name, value in given.items()
        if name not in ("PartitionKey", "RowKey") and not name.endswith("@odata.type")
    }


def _cell(value: object, kind: object) -> Cell:
    match kind, value:
        case "Edm.Int64", str(text):
            return int(text)
        case "Edm.Double", int() | float() | str() as number:
            return float(number)
        case "Edm.Binary", str(text):
            return base64.b64decode(text)
        case _, bool() | str() | float() as plain:
            return plain
    raise ValueError(f"no cell holds {value!r} of type {kind}")
