"""In every cloud all addresses are of that cloud, and of no other."""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from core.clouds import CLOUDS, Cloud, CloudName, cloud_named
from core.errors import ConfigurationError

ROOT = Path(__file__).parents[3]

PUBLIC = re.compile(
    r"login\.microsoftonline\.com|management\.azure\.com|core\.windows\.net|azurecr\.io"
    r"|eventgrid\.azure\.net|loganalytics\.io"
)


def addresses(cloud: Cloud) -> str:
    """Everything that the cloud makes up, on one line."""
    named = [str(getattr(cloud, field.name)) for field in fields(cloud)]
    storage = cloud.storage_endpoints("account")
    domains = cloud.registry_domains
    made = [cloud.resource_manager_scope, *domains, storage.blob, storage.queue, storage.table]
    return " ".join(named + made)


@pytest.mark.parametrize("name", list(CloudName))
def test_a_host_of_the_public_cloud_appears_in_that_cloud_alone(name: CloudName) -> None:
    assert bool(PUBLIC.search(addresses(CLOUDS[name]))) is (name is CloudName.PUBLIC)


SAME_EVERYWHERE = {
    "core/access/principals.py": {"http://schemas.microsoft.com/identity/claims"},
    "core/accounts.py": {"https://storage.azure.com/.default"},
    "core/registry/acr.py": {
        "https://containerregistry.azure.net/.default",
        *(".azurecr.io", ".azurecr.us", ".azurecr.cn"),
    },
    "core/storage/account.py": {"core.windows.net"},
}
"""What looks like a host, stands elsewhere than in `core/clouds.py`, and is right in every cloud:
names in tokens; where registries live, in whichever cloud; what a connection string leaves out."""

HOST = re.compile(
    r"\b(?:azure|windows|microsoftonline|microsoft|loganalytics|usgovcloudapi|chinacloudapi)"
    r"\.(?:com|net|us|cn|io)\b|azurecr\.\w+|eventgrid\.\w+\.net"
)


def _strings(path: Path) -> Iterator[str]:
    """What stands in a module as a string, but for what it says to readers."""
    tree = ast.parse(path.read_text())
    said = {
        id(one.value)
        for one in ast.walk(tree)
        if isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant)
    }
    for one in ast.walk(tree):
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and id(one) not in said:
            yield one.value


@pytest.mark.parametrize("folder", ["core", "functions", "infra/scripts", "infra/modules"])
def test_no_module_knows_a_host_of_any_cloud_by_itself(folder: str) -> None:
    """So no address can be of another cloud than the one that is set."""
    for path in sorted((ROOT / folder).rglob("*")):
        name = str(path.relative_to(ROOT))
        if name == "core/clouds.py" or path.suffix not in (".py", ".sh", ".bicep"):
            continue
        said = set(_strings(path)) if path.suffix == ".py" else set(path.read_text().splitlines())
        known = {one for one in said if HOST.search(one) and " " not in one.strip()}
        assert known <= SAME_EVERYWHERE.get(name, set()), name


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
