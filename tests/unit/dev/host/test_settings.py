"""App settings."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ConfigurationError
from dev.host.errors import AppRefused
from dev.host.settings import connection_string, export, is_disabled, read_settings, resolve


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    before = dict(os.environ)
    yield monkeypatch
    os.environ.clear()
    os.environ.update(before)


def test_reads_the_values(tmp_path: Path) -> None:
    file = tmp_path / "local.settings.json"
    file.write_text('{"IsEncrypted": false, "Values": {"a": "1"}, "Host": {"CORS": "*"}}')
    assert read_settings(file) == {"a": "1"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is no settings file"),
        ("[]", "is no settings file"),
        ('{"Values": {"a": 1}}', "Expected `str`"),
        ('{"IsEncrypted": true, "Values": {}}', "decrypt"),
    ],
)
def test_says_what_is_wrong_with_a_file(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "local.settings.json"
    file.write_text(text)
    with pytest.raises(ConfigurationError, match=message):
        read_settings(file)


def test_says_which_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.json cannot be read: No such file"):
        read_settings(tmp_path / "none.json")


def test_settings_become_environment_variables(environment: pytest.MonkeyPatch) -> None:
    export({"PRATIQUE_TEST": "from the file"})
    assert os.environ["PRATIQUE_TEST"] == "from the file"


def test_the_environment_wins_as_under_core_tools(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PRATIQUE_TEST", "from outside")
    assert export({"PRATIQUE_TEST": "from the file"})["PRATIQUE_TEST"] == "from outside"


def test_an_expression_is_replaced_by_its_setting() -> None:
    assert resolve("%prefix%-scan-%n%", {"prefix": "demo", "n": "1"}) == "demo-scan-1"


def test_a_setting_that_is_missing_is_named() -> None:
    with pytest.raises(AppRefused, match="%queue% does not resolve"):
        resolve("%queue%", {})


@given(st.text())
def test_text_without_an_expression_stays(text: str) -> None:
    plain = text.replace("%", "")
    assert resolve(plain, {}) == plain


@given(st.text(st.characters(exclude_characters="%"), min_size=1), st.text())
def test_what_a_setting_holds_is_not_resolved_again(name: str, value: str) -> None:
    assert resolve(f"a%{name}%b", {name: value}) == f"a{value}b"


def test_a_connection_is_a_setting_with_or_without_the_prefix() -> None:
    assert connection_string("Jobs", {"Jobs": "AccountKey=k"}) == "AccountKey=k"
    both = {"Jobs": "AccountKey=k", "AzureWebJobsJobs": "AccountKey=first"}
    assert connection_string("Jobs", both) == "AccountKey=first"


@pytest.mark.parametrize("settings", [{}, {"Jobs": ""}, {"Jobs": "AccountName=jobs"}])
def test_a_connection_that_cannot_be_opened_is_named(settings: dict[str, str]) -> None:
    with pytest.raises(AppRefused, match="Jobs"):
        connection_string("Jobs", settings)


def test_the_shorthand_for_the_emulator_is_understood() -> None:
    opened = connection_string("Storage", {"Storage": "UseDevelopmentStorage=true"})
    assert "QueueEndpoint=http://127.0.0.1:10001/devstoreaccount1;" in opened


@pytest.mark.parametrize(("said", "disabled"), [("true", True), ("1", True), ("false", False)])
def test_a_function_is_disabled_by_a_setting_of_its_name(said: str, disabled: bool) -> None:
    settings = {"AzureWebJobs.rescan.Disabled": said}
    assert is_disabled("rescan", settings) is disabled
    assert not is_disabled("pulls", settings)
