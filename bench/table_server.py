"""Tables that find a row by its key, behind Table Storage's own protocol: `start_tables(folder)`.

Azurite looks at every row of a table for every question. That is right and good enough for tests;
over half a million rows it says nothing of Azure, where a row is found by its key whatever else the
table holds. This is storage in memory, in a process of its own, which speaks as much of the
protocol as the product's adapter asks for; it passes that adapter's conformance tests. So a bench
at full size runs the SDK, its requests and its serialisation. What it has not is Azure's latency:
`delay` waits so long before every answer.
"""

import argparse
import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from aiohttp import web

from bench.table_wire import ROW, answered, conditions, transaction, unquoted
from core.errors import RowConflict
from core.storage.interface import Delete
from core.storage.memory import PAGE, MemoryRows
from core.storage.tokens import decode_place, encode_place
from dev.stack.process import ready, spawn_module, stop
from dev.stack.serving import serve

_BATCH, _CHANGES = "batchresponse_pratique", "changesetresponse_pratique"
_MOST = 8 * 1024 * 1024
_NEXT = "x-ms-continuation-Next"


class Refused(Exception):
    """What the service answers instead, in its own words."""

    def __init__(self, status: HTTPStatus, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class Service:
    """An account's tables."""

    def __init__(self, *, delay: float) -> None:
        """Every answer waits for `delay` seconds."""
        self._tables: dict[str, MemoryRows] = {}
        self._delay = delay

    async def answer(self, request: web.Request) -> web.Response:
        """Answer one request."""
        if self._delay:
            await asyncio.sleep(self._delay)
        url = urlsplit(request.raw_path)
        place = url.path.partition("/")[2].partition("/")[2]
        given = {name: values[0] for name, values in parse_qs(url.query).items()}
        try:
            return await self._answer(request, place, given)
        except Refused as refused:
            return web.json_response(_error(refused), status=refused.status)

    async def _answer(
        self, request: web.Request, place: str, given: Mapping[str, str]
    ) -> web.Response:
        if place == "$batch":
            return await self._commit(await request.read())
        if place == "Tables":
            return self._create((await request.json())["TableName"])
        if place.startswith("Tables("):
            return self._drop(unquoted(place).split("'")[1])
        if (row := ROW.match(f"/{place}")) is not None:
            return await self._get(row[1], unquoted(row[2]), unquoted(row[3]))
        return await self._scan(place.removesuffix("()"), given)

    def _create(self, name: str) -> web.Response:
        if name in self._tables:
            raise Refused(HTTPStatus.CONFLICT, "TableAlreadyExists")
        self._tables[name] = MemoryRows()
        return web.json_response({"TableName": name}, status=HTTPStatus.CREATED)

    def _drop(self, name: str) -> web.Response:
        if self._tables.pop(name, None) is None:
            raise Refused(HTTPStatus.NOT_FOUND, "ResourceNotFound")
        return web.Response(status=HTTPStatus.NO_CONTENT)

    def _table(self, name: str) -> MemoryRows:
        if name not in self._tables:
            raise Refused(HTTPStatus.NOT_FOUND, "TableNotFound")
        return self._tables[name]

    async def _get(self, table: str, partition: str, key: str) -> web.Response:
        row = await self._table(table).get(partition, key)
        if row is None:
            raise Refused(HTTPStatus.NOT_FOUND, "ResourceNotFound")
        return web.Response(text=answered(row), content_type="application/json")

    async def _scan(self, table: str, given: Mapping[str, str]) -> web.Response:
        following = (given.get("NextPartitionKey"), given.get("NextRowKey"))
        token = encode_place((following[0], following[1])) if following[0] else None
        where = conditions(given.get("$filter", ""))
        page = await self._table(table).scan(where, limit=int(given.get("$top", PAGE)), token=token)
        headers = {}
        if page.token is not None:
            partition, key = decode_place(page.token)
            headers = {f"{_NEXT}PartitionKey": partition, f"{_NEXT}RowKey": key or ""}
        text = f'{{"value":[{",".join(map(answered, page.rows))}]}}'
        return web.Response(text=text, content_type="application/json", headers=headers)

    async def _commit(self, body: bytes) -> web.Response:
        table, partition, writes = transaction(body)
        try:
            etags = await self._table(table).commit(partition, writes)
        except RowConflict:
            error = Refused(HTTPStatus.PRECONDITION_FAILED, "UpdateConditionNotSatisfied")
            return _multipart([_part(error.status, "", json.dumps(_error(error)))])
        no_content = HTTPStatus.NO_CONTENT
        tags = ("" if isinstance(one, Delete) else f"etag: {etags[one.key]}\r\n" for one in writes)
        return _multipart([_part(no_content, tag, "") for tag in tags])


def _error(refused: Refused) -> Mapping[str, object]:
    told = {"lang": "en-US", "value": refused.code}
    return {"odata.error": {"code": refused.code, "message": told}}


def _part(status: HTTPStatus, headers: str, body: str) -> str:
    return (
        f"--{_CHANGES}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
        f"\r\nHTTP/1.1 {status.value} {status.phrase}\r\n"
        f"Content-Type: application/json\r\n{headers}\r\n{body}\r\n"
    )


def _multipart(parts: list[str]) -> web.Response:
    text = (
        f"--{_BATCH}\r\nContent-Type: multipart/mixed; boundary={_CHANGES}\r\n\r\n"
        f"{''.join(parts)}--{_CHANGES}--\r\n--{_BATCH}--\r\n"
    )
    kind = f"multipart/mixed; boundary={_BATCH}"
    return web.Response(
        body=text.encode(), status=HTTPStatus.ACCEPTED, headers={"Content-Type": kind}
    )


@asynccontextmanager
async def start_tables(folder: Path, *, delay: float = 0) -> AsyncIterator[str]:
    """Tables in a process of their own; their URL, without the account."""
    process = spawn_module(
        "tables",
        "bench.table_server",
        f"--delay={delay}",
        log=folder / "tables.log",
        detached=False,
    )
    try:
        [url] = await ready(process, r"listening at (\S+)")
        yield url
    finally:
        await stop(process)


async def _run(delay: float) -> None:
    application = web.Application(client_max_size=_MOST)
    application.router.add_route("*", "/{place:.*}", Service(delay=delay).answer)
    await serve(application)


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m bench.table_server")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    asyncio.run(_run(parser.parse_args().delay))


if __name__ == "__main__":
    main()
