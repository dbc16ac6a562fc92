"""What `azd up` makes, checked without a subscription: names, roles, tags, open doors."""

import json
import re
from pathlib import Path

import pytest

from tests.support.bicep import Bicep, entries, parse, property_of, text, walk

ROOT = Path(__file__).parents[3]
INFRA = ROOT / "infra"
FILES = sorted(INFRA.rglob("*.bicep"))
MAIN = parse(INFRA / "main.bicep")
APP = parse(INFRA / "modules/app.bicep")

ROLES = {
    "acrPull": "7f951dda-4ed3-4680-a7ca-43fe172d538d",
    "containerRegistryRepositoryReader": "b93aa761-3e63-49ed-ac28-beffa264f7ac",
    "containerRegistryRepositoryCatalogLister": "bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7",
    "storageBlobDataContributor": "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
    "storageBlobDataOwner": "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
    "storageQueueDataContributor": "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
    "storageQueueDataMessageSender": "c6a89b2d-59bc-44d0-9896-0f6e12d7b80a",
    "storageQueueDelegator": "7ee386e9-84f0-448e-80a6-f185f6533131",
    "storageTableDataContributor": "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
    "eventGridDataSender": "d5a91429-5739-47e2-a06b-3470a27159e7",
    "logAnalyticsDataReader": "3b03c2da-16b3-4a49-8834-0f8130efdd3b",
    "monitoringMetricsPublisher": "3913510d-42f4-4e42-8a64-420c390055eb",
    "managedIdentityOperator": "f1a07417-d97a-45cb-824c-7a7467783830",
    "containerInstancesContributor": "5d977122-f97e-4b4d-a52f-6b43003ddb4d",
}
"""Azure's built-in roles, as its documentation numbers them."""

UNTAGGED = (
    *("roleAssignments", "roleDefinitions", "diagnosticSettings", "blobServices", "containers"),
    *("managementPolicies", "eventSubscriptions", "privateDnsZoneGroups", "virtualNetworkLinks"),
    *("config", "basicPublishingCredentialsPolicies", "subnets", "virtualNetworkLinks"),
)
"""Kinds of resources that Azure keeps no tags for, or that go with one that has them."""


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.fixture(params=FILES, ids=named)
def bicep(request: pytest.FixtureRequest) -> Bicep:
    return parse(Path(request.param))


def test_every_file_is_bicep(bicep: Bicep) -> None:
    assert bicep.broken == []


def test_every_module_is_given_what_it_asks_for_and_nothing_else() -> None:
    assert len(MAIN.modules) > 10
    for module in MAIN.modules:
        asked = parse(INFRA / module.kind)
        given = set(entries(entries(module.body)["params"]))
        needed = {name for name, must in asked.parameters.items() if must}
        assert needed <= given <= set(asked.parameters), module.kind


def test_every_output_of_a_module_that_is_used_is_there() -> None:
    files = {module.name: parse(INFRA / module.kind) for module in MAIN.modules}
    used = re.findall(r"(\w+)(?:\[i\])?\.outputs\.(\w+)", MAIN.path.read_text())
    assert len(used) > 20
    for module, output in used:
        assert output in files[module].outputs, f"{module}.{output}"


def test_every_module_is_used() -> None:
    used = {(INFRA / module.kind).resolve() for module in MAIN.modules}
    assert used == {path for path in FILES if path.parent.name == "modules"}


def test_roles_are_numbered_as_azure_numbers_them_and_named_by_their_names(bicep: Bicep) -> None:
    guid = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
    pairs = [
        (text(node.named_children[0]), text(node.named_children[-1]))
        for node in walk(bicep.root)
        if node.type == "object_property" and guid.fullmatch(text(node.named_children[-1]))
    ]
    assert all(ROLES[name] == number for name, number in pairs)
    assert len(pairs) == len(guid.findall(bicep.path.read_text()))


def test_every_assignment_says_that_it_is_for_a_service_and_has_a_name_of_its_own(
    bicep: Bicep,
) -> None:
    for one in bicep.resources:
        if one.kind.startswith("Microsoft.Authorization/roleAssignments"):
            assert property_of(one.body, "properties.principalType") == "ServicePrincipal"
            assert str(property_of(one.body, "name")).startswith("guid(")


def test_whatever_takes_tags_has_the_environments(bicep: Bicep) -> None:
    for one in bicep.resources:
        if not one.existing and not one.kind.partition("@")[0].endswith(UNTAGGED):
            assert property_of(one.body, "tags") == "tags", one.kind


def test_azd_finds_the_app_by_its_tag() -> None:
    services = re.search(r"^services:\n  (\w+):", (ROOT / "azure.yaml").read_text(), re.MULTILINE)
    assert services is not None
    assert f"'azd-service-name': '{services[1]}'" in MAIN.path.read_text()
    assert "'azd-env-name': environmentName" in MAIN.path.read_text()


@pytest.mark.parametrize(
    ("file", "setting", "value"),
    [
        ("storage", "allowBlobPublicAccess", "false"),
        ("storage", "allowSharedKeyAccess", "false"),
        ("storage", "minimumTlsVersion", "'TLS1_2'"),
        ("storage", "supportsHttpsTrafficOnly", "true"),
        ("storage", "defaultAction", "isPrivate ? 'Deny' : 'Allow'"),
        ("storage", "publicAccess", "'None'"),
        ("tools", "adminUserEnabled", "false"),
        ("tools", "anonymousPullEnabled", "false"),
        ("notifications", "disableLocalAuth", "true"),
        ("monitoring", "DisableLocalAuth", "true"),
        ("app", "httpsOnly", "true"),
        ("app", "ftpsState", "'Disabled'"),
        ("app", "minTlsVersion", "'1.2'"),
        ("app", "allow", "false"),
    ],
)
def test_no_door_is_left_open(file: str, setting: str, value: str) -> None:
    bicep = parse(INFRA / f"modules/{file}.bicep")
    said = [
        (node.named_children[-1].text or b"").decode()
        for node in walk(bicep.root)
        if node.type == "object_property" and text(node.named_children[0]) == setting
    ]
    assert said
    assert set(said) == {value}


def test_no_key_or_password_is_read_anywhere(bicep: Bicep) -> None:
    assert not re.search(r"listKeys|listCredentials|AccountKey|password", bicep.path.read_text())


def test_every_container_that_the_code_opens_is_made_and_private() -> None:
    opened = re.findall(
        r'open_container\(blobs, "(\w+)"\)', (ROOT / "core/storage/account.py").read_text()
    )
    storage = (INFRA / "modules/storage.bicep").read_text()
    made = re.search(r"for container in \[ (.+?) \]", storage)
    assert made is not None
    assert {"deadletter", *opened} <= set(re.findall(r"'(\w+)'", made[1]))
    assert len(opened) >= 3


def test_only_the_inbox_is_ever_cleared() -> None:
    storage = (INFRA / "modules/storage.bicep").read_text()
    assert re.findall(r"prefixMatch: \[ (.*?) \]", storage) == ["'inbox/'"]


def test_a_sandboxs_identity_has_one_role_in_one_registry() -> None:
    holders = [
        module.kind
        for module in MAIN.modules
        if "pullPrincipalId" in text(entries(module.body)["params"])
    ]
    assert holders == ["modules/tools-pull.bicep"]
    assigned = [
        one
        for one in parse(INFRA / holders[0]).resources
        if one.kind.startswith("Microsoft.Authorization")
    ]
    assert [property_of(one.body, "scope") for one in assigned] == ["registry"]


def test_scripts_ask_for_nothing_that_is_not_put_out() -> None:
    scripts = "".join(path.read_text() for path in (INFRA / "scripts").glob("*.sh"))
    asked = set(re.findall(r"value ([A-Z]\w+)", scripts))
    assert asked
    assert asked - {"PRATIQUE_CATALOGER_IMAGE"} <= MAIN.outputs  # that one a person sets


def test_parameters_of_azd_are_parameters_of_the_template() -> None:
    given = json.loads((INFRA / "main.parameters.json").read_text())["parameters"]
    needed = {name for name, must in MAIN.parameters.items() if must}
    assert needed <= set(given) <= set(MAIN.parameters)


def test_hooks_run_scripts_that_are_there_and_may_be_run() -> None:
    scripts = re.findall(r"\./(infra/scripts/[\w-]+\.sh)", (ROOT / "azure.yaml").read_text())
    assert len(scripts) >= 4
    for script in scripts:
        assert (ROOT / script).stat().st_mode & 0o111


def test_events_go_to_a_function_that_exists() -> None:
    found = re.search(r"/functions/(\w+)'", (INFRA / "events.bicep").read_text())
    assert found is not None
    source = (ROOT / "functions/registry_events.py").read_text()
    assert f'function_name("{found[1]}")' in source


def test_the_deployed_python_is_the_one_that_is_tested() -> None:
    version = (ROOT / ".python-version").read_text().strip()
    pinned = re.search(r"var pythonVersion = '([\d.]+)'", APP.path.read_text())
    assert pinned is not None
    assert version.startswith(pinned[1])
