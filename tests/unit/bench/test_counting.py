"""What is counted is a whole way from a push to findings, and what is pushed arrives."""

import json
from pathlib import Path

import pytest

from bench.counting import Meter
from bench.filling import PER_IMAGE
from bench.pushing import Push, push_all
from core.registry.authentication import ByChallenge
from core.registry.client import RegistryClient
from core.registry.interface import Endpoint
from dev.images.hand import hand_advisories, hand_image
from dev.images.oci import build_layout
from dev.stack.azurite import start_azurite
from dev.stack.process import stop
from dev.stack.registry import start_registry


def inventory(packages: int) -> bytes:
    """What Trivy would say of a hand-made image, as far as it matters."""
    distribution = {"type": "operating-system", "name": "debian", "version": "11.0"}
    names = [f"hand-{number:05}" for number in range(1, packages + 1)]
    libraries = [
        {
            "type": "library",
            "name": name,
            "version": "1.0-1",
            "purl": f"pkg:deb/debian/{name}@1.0-1?distro=debian-11",
        }
        for name in names
    ]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": "urn:uuid:00000000-0000-4000-8000-000000000000",
        "components": [distribution, *libraries],
    }
    return json.dumps(document).encode()


@pytest.mark.azurite
@pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")  # it lasts a process's life
async def test_a_counted_push_goes_all_the_way(tmp_path: Path) -> None:
    azurite = await start_azurite(tmp_path)
    try:
        meter = Meter(azurite.connection_string, inventory(3))
        await meter.publish(tmp_path, hand_advisories(3))
        counted = await meter.count(2 * PER_IMAGE, warm=1)
    finally:
        await stop(azurite.process)
    assert counted.events == len(("advisories", "registry", "plan")) + 2 * PER_IMAGE
    [warm] = counted.warm
    assert counted.cold.total() > warm.total()
    expected = {"add message scan-push": 1, "commit billingv2": 1, "write blob inbox": 2}
    assert {what: warm[what] for what in expected} == expected


async def test_a_pushed_image_is_in_the_registry(tmp_path: Path) -> None:
    layout = tmp_path / "image"
    digest = build_layout(layout, hand_image(packages=2, vulnerable=1, label="x")).digest
    pushes = [
        Push(layout=layout, digest=digest, repository=f"team/app-{number}", tag="v1")
        for number in range(3)
    ]
    registry = await start_registry(tmp_path / "registry", notify="http://127.0.0.1:9/")
    try:
        await push_all(registry.login_server, pushes, at_a_time=2)
        endpoint = Endpoint(login_server=registry.login_server, plain_http=True)
        async with RegistryClient(endpoint, ByChallenge()) as client:
            for push in pushes:
                manifest = await client.manifest(push.repository, "v1")
                assert manifest.digest == digest
    finally:
        await stop(registry.process)
