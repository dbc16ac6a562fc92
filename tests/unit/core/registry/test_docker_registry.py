"""The same client against a real registry: Debian's, open, with passwords, and with tokens."""

import json
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import jwt
import pytest
import trustme
from aiohttp import ClientSession, web

from core.errors import AccessDenied, NotFound
from core.registry.authentication import Authentication, BearerToken, ByChallenge
from core.registry.classification import Kind, classify, classify_child
from core.registry.client import RegistryClient
from core.registry.manifests import Index, Manifest, parse_config, parse_manifest
from core.registry.media_types import OCI_INDEX, OCI_MANIFEST
from dev.stack.process import ready, spawn, stop
from dev.stack.registry import configuration
from tests.unit.core.registry.servers import HASTY, digest_of, local, serving

LAYER = secrets.token_bytes(3_000_000)
CONFIG = json.dumps(
    {"os": "linux", "architecture": "amd64", "rootfs": {"diff_ids": [digest_of(LAYER)]}}
).encode()
MANIFEST = json.dumps(
    {
        "schemaVersion": 2,
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": digest_of(CONFIG),
            "size": len(CONFIG),
        },
        "layers": [
            {
                "mediaType": "application/vnd.oci.image.layer.v1.tar",
                "digest": digest_of(LAYER),
                "size": len(LAYER),
            }
        ],
    }
).encode()
INDEX = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": [
            {
                "mediaType": OCI_MANIFEST,
                "digest": digest_of(MANIFEST),
                "size": len(MANIFEST),
                "platform": {"os": "linux", "architecture": "amd64"},
            }
        ],
    }
).encode()
HTPASSWD = "user:$2y$04$abcdefghijklmnopqrstuu7govE5p0NSk1WUEk5C2Qm3hpPC6VJ66"
"""`pass:word` in bcrypt, the only hash that the registry takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A folder of images that any number of registries may serve, one after the other."""

    folder: Path

    @asynccontextmanager
    async def served(self, auth: dict[str, object] | None = None) -> AsyncIterator[str]:
        """Serve the images by a registry of its own; gives host and port."""
        settings = configuration(self.folder / "images", "127.0.0.1:0", "")
        settings |= {"notifications": {}, "auth": auth or {}}
        file = self.folder / "registry.json"
        file.write_text(json.dumps(settings))
        log = self.folder / "registry.log"
        process = spawn(
            "registry", ["docker-registry", "serve", str(file)], log=log, environment={}
        )
        try:
            [server] = await ready(process, r"listening on (127\.0\.0\.1:\d+)")
            yield server
        finally:
            await stop(process)


@pytest.fixture(scope="module")
async def stored(tmp_path_factory: pytest.TempPathFactory) -> Stored:
    stored = Stored(folder=tmp_path_factory.mktemp("registry"))
    async with stored.served() as server, ClientSession(f"http://{server}") as session:
        for blob in (LAYER, CONFIG):
            await upload(session, "team/app", blob)
        for tag, media_type, manifest in (
            ("v1", OCI_MANIFEST, MANIFEST),
            ("v2", OCI_MANIFEST, MANIFEST),
            ("multi", OCI_INDEX, INDEX),
        ):
            async with session.put(
                f"/v2/team/app/manifests/{tag}", data=manifest, headers={"Content-Type": media_type}
            ) as response:
                assert response.status == 201
    return stored


async def upload(session: ClientSession, repository: str, blob: bytes) -> None:
    async with session.post(f"/v2/{repository}/blobs/uploads/") as response:
        location = response.headers["Location"]
    async with session.put(f"{location}&digest={digest_of(blob)}", data=blob) as response:
        assert response.status == 201


def client_of(server: str, authentication: Authentication | None = None) -> RegistryClient:
    return RegistryClient(local(server), authentication, HASTY)


async def test_an_image_is_read_from_its_tag_to_its_layers(stored: Stored, tmp_path: Path) -> None:
    async with stored.served() as server, client_of(server) as client:
        tagged = await client.manifest("team/app", "v1")
        assert tagged.data == MANIFEST
        assert await client.manifest("team/app", tagged.digest) == tagged
        manifest = parse_manifest(tagged.data)
        assert isinstance(manifest, Manifest)
        config = parse_config(
            await client.blob("team/app", manifest.config.digest, manifest.config.size)
        )
        assert classify(manifest, config) is Kind.IMAGE
        [layer] = manifest.layers
        await client.save_blob("team/app", layer.digest, layer.size, tmp_path / "layer")
    assert (tmp_path / "layer").read_bytes() == LAYER


async def test_an_index_leads_to_its_children(stored: Stored) -> None:
    async with stored.served() as server, client_of(server) as client:
        index = parse_manifest((await client.manifest("team/app", "multi")).data)
        assert isinstance(index, Index)
        [child] = index.children
        assert classify_child(child) is Kind.IMAGE
        assert (await client.manifest("team/app", child.digest)).data == MANIFEST


async def test_repositories_and_tags_are_listed(stored: Stored) -> None:
    async with stored.served() as server, client_of(server) as client:
        assert [name async for name in client.repositories()] == ["team/app"]
        assert sorted([tag async for tag in client.tags("team/app")]) == ["multi", "v1", "v2"]


async def test_what_is_not_there_is_not_found(stored: Stored) -> None:
    missing = "sha256:" + "0" * 64
    async with stored.served() as server, client_of(server) as client:
        with pytest.raises(NotFound):
            await client.manifest("team/app", "v9")
        with pytest.raises(NotFound):
            await client.manifest("no/such", missing)
        with pytest.raises(NotFound):
            await client.blob("team/app", missing, 1)
        with pytest.raises(NotFound):
            _ = [tag async for tag in client.tags("no/such")]


async def test_a_registry_with_passwords_wants_the_right_one(
    stored: Stored, tmp_path: Path
) -> None:
    passwords = tmp_path / "htpasswd"
    passwords.write_text(HTPASSWD)
    async with stored.served({"htpasswd": {"realm": "r", "path": str(passwords)}}) as server:
        async with client_of(server, ByChallenge("user", "pass:word")) as client:
            assert (await client.manifest("team/app", "v1")).data == MANIFEST
        for wrong in (None, ByChallenge("user", "wrong")):
            async with client_of(server, wrong) as client:
                with pytest.raises(AccessDenied):
                    await client.manifest("team/app", "v1")


class TokenService:
    """Gives everybody what they ask for, signed so that the registry believes it."""

    def __init__(self, authority: trustme.CA) -> None:
        leaf = authority.issue_cert("tokens.test")
        self._key = leaf.private_key_pem.bytes()
        pem = leaf.cert_chain_pems[0].bytes().decode()
        self._certificate = "".join(pem.splitlines()[1:-1])
        self.scopes: list[str] = []

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.scopes.append(request.query["scope"])
        return web.json_response({"token": self.sign(request.query["scope"]), "expires_in": 300})

    def sign(self, scope: str) -> str:
        kind, name, actions = scope.split(":")
        now = int(time.time())
        claims = {
            "iss": "tokens.test",
            "aud": "registry.test",
            "sub": "user",
            "iat": now,
            "nbf": now - 60,
            "exp": now + 300,
            "access": [{"type": kind, "name": name, "actions": actions.split(",")}],
        }
        return jwt.encode(claims, self._key, "ES256", headers={"x5c": [self._certificate]})


async def test_a_registry_with_tokens_gets_one_for_each_scope(
    stored: Stored, tmp_path: Path
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    service = TokenService(authority)
    async with serving(service) as tokens:
        auth = {
            "realm": f"http://{tokens}/token",
            "service": "registry.test",
            "issuer": "tokens.test",
            "rootcertbundle": str(tmp_path / "ca.pem"),
        }
        async with stored.served({"token": auth}) as server:
            async with client_of(server) as client:
                assert (await client.manifest("team/app", "v1")).data == MANIFEST
                assert await client.blob("team/app", digest_of(CONFIG), len(CONFIG)) == CONFIG
                assert [name async for name in client.repositories()] == ["team/app"]
                assert len([tag async for tag in client.tags("team/app")]) == 3
            pull = service.sign("repository:team/app:pull")
            async with client_of(server, BearerToken(pull)) as client:
                assert (await client.manifest("team/app", "v1")).data == MANIFEST
                with pytest.raises(AccessDenied):
                    await client.manifest("other", "v1")
    assert service.scopes == [
        "repository:team/app:pull",
        "registry:catalog:*",
        "repository:team/app:pull,metadata_read",
    ]
