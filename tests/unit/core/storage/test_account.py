"""A connection string names an account, or is refused with the name of what it lacks."""

import pytest

from core.errors import ConfigurationError
from core.storage.account import open_account


@pytest.mark.parametrize(
    ("connection_string", "missing"),
    [
        ("", "AccountName"),
        ("not a connection string", "AccountName"),
        ("UseDevelopmentStorage=true", "AccountName"),
        ("AccountName=a;EndpointSuffix=core.windows.net", "AccountKey"),
        ("AccountName=a;AccountKey=not base64!", "base64"),
    ],
)
async def test_an_incomplete_connection_string_is_a_configuration_error(
    connection_string: str, missing: str
) -> None:
    with pytest.raises(ConfigurationError, match=missing):
        async with open_account(connection_string):
            pass
