"""Images, as people write them: `registry/repository:tag`, or with `@sha256:…`."""

from dataclasses import dataclass

from cli.client import Client, Fields, path_of
from cli.exits import Exit, Stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """An image as somebody wrote it."""

    registry: str
    repository: str
    tag: str | None
    digest: str | None


def parse(text: str) -> Name:
    """The parts of an image's name. Stopped where it is none; what its parts may be made of, the
    service knows."""
    rest, _, digest = text.partition("@")
    registry, slash, path = rest.partition("/")
    repository, _, tag = path.partition(":")
    if not (slash and repository and (tag or digest)):
        raise Stopped(
            f"{text!r} is no image: write it in full, registry/repository:tag or with @sha256:…",
            Exit.USAGE,
        )
    return Name(registry=registry, repository=repository, tag=tag or None, digest=digest or None)


def found(client: Client, text: str) -> str:
    """The path of the image that is meant, below `/api/`. A tag is looked up: Stopped where no
    image has it."""
    name = parse(text)
    digest = name.digest or _digest(client, name)
    return path_of("images", name.registry, name.repository, digest)


def _digest(client: Client, name: Name) -> str:
    asked = {"registry": name.registry, "repository": name.repository, "tag": name.tag or ""}
    images = list(client.pages("/api/images", asked, most=2))
    if not images:
        missing = f"no image has the tag {name.tag} in {name.registry}/{name.repository}"
        raise Stopped(missing, Exit.UNKNOWN)
    return str(max(images, key=_pushed)["digest"])


def _pushed(image: Fields) -> str:
    return str(image.get("pushedAt", ""))
