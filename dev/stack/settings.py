"""The app settings that the local stack writes, in the form of a `local.settings.json`.

In Azure the same names are the function app's configuration. The values say where the emulator and
the registry of this very stack are, so the file is made anew at each start.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.feeds.sources import EPSS_URL, KEV_URL, OSV_URL
from dev.stack.acr_events import Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """A registry whose events the app is to accept."""

    login_server: str
    resource: Resource


def app_settings(
    *, storage: str, registries: list[Enrolled], sandboxes: Path, more: Mapping[str, str]
) -> dict[str, str]:
    """All settings by name; `more` are added, and win."""
    enrolled = [
        {
            "loginServer": registry.login_server,
            "resourceId": registry.resource.id,
            "plainHttp": True,
        }
        for registry in registries
    ]
    return {
        "FUNCTIONS_WORKER_RUNTIME": "python",
        "AzureWebJobsStorage": storage,
        "PRATIQUE_REGISTRIES": json.dumps(enrolled),
        "PRATIQUE_SANDBOX_FOLDER": str(sandboxes),
        **dict.fromkeys((OSV_URL, EPSS_URL, KEV_URL), ""),  # a laptop's stack asks nobody outside
        **more,
    }


def write_settings(file: Path, values: Mapping[str, str]) -> None:
    """Write them as Core Tools read them; they hold keys, so only the owner may read the file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(json.dumps({"IsEncrypted": False, "Values": dict(values)}, indent=2) + "\n")
