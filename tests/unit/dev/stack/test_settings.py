"""The app's settings are what `func start` would read, and nobody else's to read."""

import json
import stat
from pathlib import Path

import functions.settings
from dev.host.settings import read_settings
from dev.stack.settings import Enrolled, app_settings, write_settings
from dev.stack.stack import RESOURCE

ROOMS = Path("/somewhere/sandboxes")
LOCAL = Enrolled(login_server="127.0.0.1:5001", resource=RESOURCE)


def test_they_name_the_storage_the_worker_and_the_enrolled_registries() -> None:
    settings = app_settings(storage="UseThis=1", registries=[LOCAL], sandboxes=ROOMS, more={})
    assert settings["AzureWebJobsStorage"] == "UseThis=1"
    assert settings["FUNCTIONS_WORKER_RUNTIME"] == "python"
    assert json.loads(settings["PRATIQUE_REGISTRIES"]) == [
        {"loginServer": "127.0.0.1:5001", "resourceId": RESOURCE.id, "plainHttp": True}
    ]


def test_the_app_accepts_them() -> None:
    settings = app_settings(storage="UseThis=1", registries=[LOCAL], sandboxes=ROOMS, more={})
    read = functions.settings.read_settings(settings)
    assert (read.storage, read.sandbox_folder) == ("UseThis=1", ROOMS)


def test_what_the_caller_says_wins() -> None:
    settings = app_settings(
        storage="a", registries=[], sandboxes=ROOMS, more={"AzureWebJobsStorage": "b"}
    )
    assert settings["AzureWebJobsStorage"] == "b"


def test_the_host_reads_what_was_written_and_only_the_owner_may(tmp_path: Path) -> None:
    file = tmp_path / "new" / "local.settings.json"
    write_settings(file, {"NAME": "value"})
    assert read_settings(file) == {"NAME": "value"}
    assert json.loads(file.read_text())["IsEncrypted"] is False
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
