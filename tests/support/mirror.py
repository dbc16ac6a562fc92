"""A mirror of advisories on this machine: it serves what it is given, and says when it changed."""

import gzip
import hashlib
import io
import json
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from tests.support.advisories import Json


@dataclass(slots=True)
class Mirror:
    """What it serves by path, with the content's hash as its ETag."""

    url: str = ""
    content: dict[str, bytes] = field(default_factory=dict)
    answered: list[tuple[str, int]] = field(default_factory=list)
    """Path and status of each answer."""

    async def answer(self, request: web.Request) -> web.Response:
        body = self.content.get(request.path)
        etag = f'"{hashlib.sha256(body or b"").hexdigest()}"'
        status = 404 if body is None else 200
        if body is not None and request.headers.get("If-None-Match") == etag:
            status = 304
        self.answered.append((request.path, status))
        if body is None or status == 304:
            return web.Response(status=status)
        return web.Response(body=body, headers={"ETag": etag})

    def dump(self, ecosystem: str, *records: Json, **members: bytes) -> None:
        """Serve an ecosystem's dump: records, and members that are whatever they are."""
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, record in enumerate(records):
                archive.writestr(_member(f"{number:04d}.json"), json.dumps(record))
            for name, body in members.items():
                archive.writestr(_member(f"{name}.json"), body)
        self.content[f"/{ecosystem}/all.zip"] = content.getvalue()

    def epss(self, **scores: float) -> None:
        """Serve EPSS data, by CVE (`CVE_2026_1`)."""
        lines = (f"{cve.replace('_', '-')},{epss},0.5" for cve, epss in scores.items())
        text = "\n".join(("#model_version:v1", "cve,epss,percentile", *lines))
        self.content["/epss.csv.gz"] = gzip.compress(text.encode(), mtime=0)

    def kev(self, *cves: str) -> None:
        """Serve a catalogue of known exploited vulnerabilities."""
        listed = [
            {"cveID": cve, "dateAdded": "2026-02-03", "dueDate": "2026-02-24"} for cve in cves
        ]
        self.content["/kev.json"] = json.dumps({"vulnerabilities": listed}).encode()

    def settings(self, *ecosystems: str, exploitation: bool = True) -> dict[str, str]:
        """The app's settings that name this mirror."""
        return {
            "PRATIQUE_OSV_URL": self.url,
            "PRATIQUE_ECOSYSTEMS": ",".join(ecosystems),
            "PRATIQUE_EPSS_URL": f"{self.url}/epss.csv.gz" if exploitation else "",
            "PRATIQUE_KEV_URL": f"{self.url}/kev.json" if exploitation else "",
        }


@asynccontextmanager
async def served() -> AsyncIterator[Mirror]:
    """A mirror that serves nothing yet."""
    mirror = Mirror()
    app = web.Application()
    app.router.add_get("/{path:.*}", mirror.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    mirror.url = f"http://{host}:{port}"
    try:
        yield mirror
    finally:
        await runner.cleanup()


def _member(name: str) -> zipfile.ZipInfo:
    """A member without a time of its own: the same records are the same bytes."""
    member = zipfile.ZipInfo(name)
    member.compress_type = zipfile.ZIP_DEFLATED
    return member
