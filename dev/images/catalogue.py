"""The images of the demo: what each is called in the registry, and what is to come out for it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.domain.values import Health
from dev.images import samples
from dev.images.oci import Image, Index

ADVISORIES = Path(__file__).parents[1] / "advisories"
"""The folder of the advisories that these images are judged by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One image of the demo, or one index."""

    name: str
    """What the demo's table calls it."""
    repository: str
    """Where it is pushed."""
    tag: str
    health: Health
    """The verdict that the demo's own advisories lead to."""
    about: str
    """What it shows, in a sentence."""
    build: Callable[[], Image | Index]
    """Makes it."""


CATALOGUE = (
    Sample(
        name="Outdated Debian",
        repository="demo/outdated-debian",
        tag="11.0",
        health=Health.UNHEALTHY,
        about="Debian 11.0 with Python projects of 2021; for some findings there is no fix.",
        build=samples.outdated_debian,
    ),
    Sample(
        name="Alpine",
        repository="demo/alpine",
        tag="3.19.0",
        health=Health.UNHEALTHY,
        about="Alpine 3.19.0, whose openssl and busybox have been fixed since.",
        build=samples.alpine,
    ),
    Sample(
        name="AlmaLinux",
        repository="demo/almalinux",
        tag="9.0",
        health=Health.UNHEALTHY,
        about="AlmaLinux 9.0, judged by its vendor's own ratings.",
        build=samples.almalinux,
    ),
    Sample(
        name="Go program",
        repository="demo/go-program",
        tag="1.4.0",
        health=Health.UNHEALTHY,
        about="One static program and nothing else; its modules are read from the program.",
        build=samples.go_program,
    ),
    Sample(
        name="Clean",
        repository="demo/clean",
        tag="1",
        health=Health.HEALTHY,
        about="A distroless Debian 11 with four packages, against which nothing is known.",
        build=samples.clean,
    ),
    Sample(
        name="Windows",
        repository="demo/windows",
        tag="ltsc2022",
        health=Health.NOT_APPLICABLE,
        about="An image for Windows, recognised and not billed.",
        build=samples.windows,
    ),
    Sample(
        name="Two architectures",
        repository="demo/two-architectures",
        tag="1",
        health=Health.UNHEALTHY,
        about="An index of a vulnerable amd64 and a clean arm64 image: the worst of them counts.",
        build=samples.multi_architecture,
    ),
)
"""In the order of the demo's table."""
