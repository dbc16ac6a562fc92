"""App settings: what `local.settings.json` holds here, and the app's configuration in Azure.

They become environment variables before the app loads, and are what `%name%` in a binding and the
`connection` of a trigger refer to.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from core.errors import ConfigurationError
from core.storage.emulator import spelled_out
from dev.host.errors import AppRefused

type Settings = Mapping[str, str]

_EXPRESSION = re.compile(r"%([^%]*)%")


class _LocalSettings(msgspec.Struct, rename="pascal"):
    """The parts of `local.settings.json` that concern the app."""

    is_encrypted: bool = False
    values: dict[str, str] = {}


def read_settings(path: Path) -> Settings:
    """The `Values` of a `local.settings.json`. Raises ConfigurationError when it cannot be read."""
    try:
        document = msgspec.json.decode(path.read_bytes(), type=_LocalSettings)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.") from error
    except msgspec.MsgspecError as error:
        raise ConfigurationError(f"{path} is no settings file: {error}.") from error
    if document.is_encrypted:
        raise ConfigurationError(f"{path} is encrypted: run `func settings decrypt` on it first.")
    return document.values


def export(settings: Settings) -> Settings:
    """Put the settings into the environment and return all that now holds.

    A variable that the environment has already wins, as it does under Core Tools.
    """
    for name, value in settings.items():
        os.environ.setdefault(name, value)
    return dict(os.environ)


def resolve(text: str, settings: Settings) -> str:
    """`text` with every `%name%` replaced by its setting. Raises AppRefused when one is not set."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name not in settings:
            raise AppRefused(f"{match[0]} does not resolve to a value: set the app setting {name}.")
        return settings[name]

    return _EXPRESSION.sub(value, text)


def is_disabled(function: str, settings: Settings) -> bool:
    """Whether `AzureWebJobs.<function>.Disabled` says that neither queue nor timer triggers it; by
    hand it can be run all the same."""
    return settings.get(f"AzureWebJobs.{function}.Disabled", "").lower() in ("true", "1")


def connection_string(connection: str, settings: Settings) -> str:
    """The storage connection string behind a trigger's `connection`.

    The setting may carry the prefix `AzureWebJobs`, which the host in Azure looks for first.
    """
    for name in (f"AzureWebJobs{connection}", connection):
        value = spelled_out(settings.get(name, ""))
        if "AccountKey=" in value:
            return value
        if value:
            raise AppRefused(
                f"The setting {name} is no connection string with an account key, which is the"
                " only kind of connection that the local host opens."
            )
    raise AppRefused(f"The connection {connection} is not set: add it to the app settings.")
