"""What the app is told in Azure, held against what it reads: one list on either side."""

import ast
import json
import re
from itertools import chain
from pathlib import Path

import msgspec
import pytest

from dev.host.config import read_host_json
from tests.support.bicep import entries, parse, text, walk

ROOT = Path(__file__).parents[3]
READERS = (
    "functions/settings.py",
    "functions/access_settings.py",
    "functions/azure_settings.py",
    "core/accounts.py",
    "core/identity.py",
    "core/feeds/sources.py",
)
"""The modules that are given the environment (`functions/bootstrap.py` hands it to them)."""

LAPTOP = {
    "AzureWebJobsStorage": "hides the account that an identity opens",
    "AzureWebJobsStorage__accountName": "the same as the address of its blobs, which is set",
    "PRATIQUE_AUTHORITY": "an issuer of tokens on the machine itself",
    "PRATIQUE_SANDBOX_FOLDER": "where sandboxes are processes",
    "PRATIQUE_ACTIVITY_FEED": "takes the place of the workspace that tells of pulls",
    "PRATIQUE_ADVISORIES": "a folder of the machine",
    "PRATIQUE_TOPIC_KEY": "the topic takes no keys: the identity signs in",
}
"""Settings that have no place in Azure, and why."""

TASTE = {
    "PRATIQUE_CATALOGER_VERSION",
    "PRATIQUE_CREATIONS_PER_HOUR",
    "PRATIQUE_CURRENCY",
    "PRATIQUE_ECOSYSTEMS",
    "PRATIQUE_EPSS_URL",
    "PRATIQUE_KEV_URL",
    "PRATIQUE_OSV_URL",
    "PRATIQUE_PRICE_PER_IMAGE",
    "PRATIQUE_RECONCILE_HOURS",
    "PRATIQUE_REQUESTS_PER_MINUTE",
    "PRATIQUE_RESCANS",
    "PRATIQUE_SCOPES",
    "PRATIQUE_SIGN_IN",
    "PRATIQUE_WINDOW_DAYS",
}
"""Settings whose defaults do in Azure; whoever wants others says so in `PRATIQUE_SETTINGS`."""

HOSTS = (
    "AzureWebJobsDisableHomepage",
    "AzureWebJobsStorage__queueServiceUri",
    "AzureWebJobsStorage__tableServiceUri",
    "APPLICATIONINSIGHTS_",
    "AzureFunctionsJobHost__",
    "FUNCTIONS_",
)
"""What the Functions host and the telemetry's exporter read."""

PREFIX = "AzureWebJobsStorage"


def settings_set() -> set[str]:
    """What `app.bicep` sets."""
    app = parse(ROOT / "infra/modules/app.bicep")
    values = next(
        node
        for node in walk(app.root)
        if node.type == "variable_declaration" and text(node.named_children[0]) == "appSettings"
    )
    objects = [node for node in walk(values) if node.type == "object"]
    return set(chain.from_iterable(entries(one) for one in objects))


def settings_read() -> set[str]:
    """What the code reads: the names that stand in it as strings."""
    strings = {
        node.value
        for reader in READERS
        for node in ast.walk(ast.parse((ROOT / reader).read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    named = re.compile(r"PRATIQUE_[A-Z_]+|APPLICATIONINSIGHTS_[A-Z_]+")
    whole = {one for one in strings if named.fullmatch(one)}
    return {PREFIX} | whole | {PREFIX + one for one in strings if re.fullmatch(r"__\w+", one)}


def documented() -> set[str]:
    """Names in the first column of a table of settings, wherever these are documented."""
    pages = (ROOT / f"docs/{page}.md" for page in ("deploy", "operations", "access"))
    rows = chain.from_iterable(
        re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", page.read_text(), re.MULTILINE) for page in pages
    )
    return set(chain.from_iterable(re.findall(r"`(\w+)`", row) for row in rows))


def test_every_setting_that_the_code_reads_is_set_or_there_is_a_reason() -> None:
    assert settings_read() - settings_set() == LAPTOP.keys() | TASTE


def test_every_setting_that_is_set_is_read_by_somebody() -> None:
    ours = {name for name in settings_set() if not name.startswith(HOSTS)}
    assert ours <= settings_read()
    assert len(ours) >= 20


def test_every_setting_is_documented() -> None:
    assert settings_read() | settings_set() - _of_exporter() <= documented()


def test_every_setting_that_is_documented_is_read() -> None:
    ours = {name for name in documented() if name.startswith("PRATIQUE_")}
    assert ours - _of_azd() <= settings_read()


def test_parameters_of_azd_are_documented_as_such() -> None:
    assert _of_azd() - {"AZURE_ENV_NAME", "AZURE_LOCATION"} <= documented()


@pytest.mark.parametrize(
    "name", sorted(one for one in settings_set() if one.startswith("AzureFunctionsJobHost__"))
)
def test_what_is_said_to_the_host_otherwise_than_in_its_file_is_said_there_too(
    name: str, tmp_path: Path
) -> None:
    """So that it is spelled as the file spells it, and the host takes its value."""
    document = json.loads((ROOT / "host.json").read_text())
    *path, last = name.split("__")[1:]
    place = document
    for one in path:
        place = place[one]
    assert last in place
    said = re.search(rf"{name}: '(.+)'", (ROOT / "infra/modules/app.bicep").read_text())
    assert said is not None
    place[last] = said[1]
    (tmp_path / "host.json").write_bytes(msgspec.json.encode(document))
    read_host_json(tmp_path / "host.json")


def test_what_alerts_ask_for_is_never_sampled_away() -> None:
    alerts = (ROOT / "infra/modules/alerts.bicep").read_text()
    asked = set(re.findall(r"\bApp([A-Z]\w+?)s \|", alerts))
    logging = json.loads((ROOT / "host.json").read_text())["logging"]
    kept = logging["applicationInsights"]["samplingSettings"]["excludedTypes"].split(";")
    assert {"Trace", "Request"} <= asked <= set(kept)


def test_no_function_runs_for_ever() -> None:
    assert json.loads((ROOT / "host.json").read_text())["functionTimeout"] == "00:30:00"


def _of_azd() -> set[str]:
    """What somebody says to azd: for the templates, and for the scripts."""
    parameters = (ROOT / "infra/main.parameters.json").read_text()
    return set(re.findall(r"\$\{(\w+)", parameters)) | {"PRATIQUE_CATALOGER_IMAGE"}


def _of_exporter() -> set[str]:
    return {one for one in settings_set() if one.startswith(("APPLICATIONINSIGHTS_", "FUNCTIONS_"))}
