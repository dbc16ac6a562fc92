"""In every cloud all addresses are of that cloud, and of no other."""

import re
from dataclasses import fields

import pytest

from core.clouds import CLOUDS, Cloud, CloudName, cloud_named
from core.errors import ConfigurationError

PUBLIC = re.compile(
    r"login\.microsoftonline\.com|management\.azure\.com|core\.windows\.net|azurecr\.io"
    r"|eventgrid\.azure\.net|loganalytics\.io"
)


def addresses(cloud: Cloud) -> str:
    """Everything that the cloud makes up, on one line."""
    named = [str(getattr(cloud, field.name)) for field in fields(cloud)]
    storage = cloud.storage_endpoints("account")
    made = [cloud.resource_manager_scope, storage.blob, storage.queue, storage.table]
    return " ".join(named + made)


@pytest.mark.parametrize("name", list(CloudName))
def test_a_host_of_the_public_cloud_appears_in_that_cloud_alone(name: CloudName) -> None:
    assert bool(PUBLIC.search(addresses(CLOUDS[name]))) is (name is CloudName.PUBLIC)


def test_no_two_clouds_share_an_address() -> None:
    for field in fields(Cloud):
        assert len({getattr(cloud, field.name) for cloud in CLOUDS.values()}) == len(CloudName)


def test_an_unknown_cloud_is_named_in_the_refusal() -> None:
    with pytest.raises(ConfigurationError, match=r"usgovernment.*not 'mars'"):
        cloud_named("mars")


@pytest.mark.parametrize("account", ["", "ab", "Upper", "evil.example/", "a" * 25])
def test_what_is_no_account_never_becomes_part_of_an_address(account: str) -> None:
    with pytest.raises(ConfigurationError):
        CLOUDS[CloudName.PUBLIC].storage_endpoints(account)
