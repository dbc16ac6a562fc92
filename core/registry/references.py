"""Names of images and of registries, as people and Azure write them.

An image is written as the OCI distribution specification v1.1 and Docker's command line have it,
`registry/repository[:tag][@digest]`, with two differences that keep a name from meaning something
else than it says: the registry is never left out (no `docker.io`, no `library/`), and a missing
tag stays missing until somebody asks for the default by name.

A registry is written as its Azure Resource Manager (ARM) id. ARM compares ids without regard to
case, so values are kept in lower case.
"""

import re
from dataclasses import dataclass

from core.domain.values import ImageName, is_digest, is_registry, is_repository, is_tag
from core.errors import InvalidReference

DEFAULT_TAG = "latest"
"""What a reference without tag and digest means to whoever pulls it."""

MAX_REFERENCE = 253 + 6 + 1 + 255 + 1 + 128 + 1 + 71
"""Characters of the longest reference that can be valid: every part at its own limit."""

_RESOURCE = re.compile(
    r"/subscriptions/(?P<subscription>[a-z0-9-]{1,64})"
    r"/resourcegroups/(?P<group>[\w().-]{0,89}[\w()-])"
    r"/providers/microsoft\.containerregistry"
    r"/registries/(?P<name>[a-z0-9]{1,50})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageReference:
    """An image as somebody wrote it down: it may name a tag, a digest, both or neither."""

    registry: str
    """Login server, `demo.azurecr.io` or `127.0.0.1:5000`."""
    repository: str
    """Repository, `team/app`."""
    tag: str | None = None
    """Tag, where one is written."""
    digest: str | None = None
    """Digest of the manifest, where one is written."""

    @property
    def manifest(self) -> str:
        """What to ask the registry for: the digest, else the tag, else `latest`.

        A digest wins over a tag beside it, which is then no more than a remark: the tag may have
        moved since.
        """
        return self.digest or self.tag or DEFAULT_TAG

    def at(self, digest: str) -> ImageName:
        """The image's identity, once its digest is known."""
        return ImageName(registry=self.registry, repository=self.repository, digest=digest)

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag is not None else ""
        digest = f"@{self.digest}" if self.digest is not None else ""
        return f"{self.registry}/{self.repository}{tag}{digest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryResource:
    """A registry as Azure Resource Manager knows it; all parts in lower case."""

    subscription: str
    """Subscription id."""
    resource_group: str
    """Resource group."""
    name: str
    """Name of the registry; unique in a cloud."""

    def __str__(self) -> str:
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.ContainerRegistry/registries/{self.name}"
        )


def parse_reference(text: str) -> ImageReference:
    """Read `registry/repository[:tag][@digest]`; an InvalidReference says what is wrong."""
    if len(text) > MAX_REFERENCE:
        raise InvalidReference(f"An image reference has at most {MAX_REFERENCE} characters.")
    rest, at, digest = text.partition("@")
    registry, slash, path = rest.partition("/")
    repository, colon, tag = path.partition(":")
    if not slash or not _says_it_is_a_registry(registry):
        raise InvalidReference(
            f"{text!r} names no registry: write it in full, as in demo.azurecr.io/team/app:v1."
        )
    _require(is_registry(registry), registry, "registry", text)
    _require(is_repository(repository), repository, "repository", text)
    _require(not colon or is_tag(tag), tag, "tag", text)
    _require(not at or is_digest(digest), digest, "digest", text)
    return ImageReference(
        registry=registry, repository=repository, tag=tag or None, digest=digest or None
    )


def parse_resource(text: str) -> RegistryResource:
    """Read the ARM id of a registry; raises InvalidReference where it is none."""
    found = _RESOURCE.fullmatch(text.lower()) if len(text) <= MAX_REFERENCE else None
    if found is None:
        raise InvalidReference(
            f"{text[:MAX_REFERENCE]!r} is no id of a registry; one looks like /subscriptions/…"
            "/resourceGroups/…/providers/Microsoft.ContainerRegistry/registries/…"
        )
    return RegistryResource(
        subscription=found["subscription"], resource_group=found["group"], name=found["name"]
    )


def parse_login_server(text: str) -> str:
    """A registry's login server in its one spelling: lower case, without the port of https.

    The text is a `Host` header or the like, where both spellings are legal and mean the same.
    """
    server = text.lower().removesuffix(":443")
    if not text.isascii() or not is_registry(server):
        raise InvalidReference(f"{text[:MAX_REFERENCE]!r} is no login server of a registry.")
    return server


def _says_it_is_a_registry(component: str) -> bool:
    """Docker's rule, by which `team/app` has none: a dot, a port, or `localhost`."""
    return "." in component or ":" in component or component == "localhost"


def _require(valid: bool, part: str, name: str, text: str) -> None:
    if not valid:
        raise InvalidReference(f"{part!r} is no {name} by the OCI grammar (in {text!r}).")
