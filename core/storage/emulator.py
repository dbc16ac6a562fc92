"""The storage emulator's public account, and the shorthand that stands for it.

`UseDevelopmentStorage=true` is what `local.settings.json` says in every Azure Functions sample: the
emulator on this machine, at its usual ports. Tables have no client that understands it, so it is
spelled out here. Account and key are published in Azure's documentation; they are no secret.
"""

ACCOUNT = "devstoreaccount1"
"""The account name that every storage emulator knows."""

KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""That account's key: public, and good for nothing but an emulator."""

_SHORTHAND = "usedevelopmentstorage=true"
_PORTS = {"Blob": 10000, "Queue": 10001, "Table": 10002}


def connection_string(endpoints: dict[str, str]) -> str:
    """The emulator's connection string; `endpoints` by service (`Blob`, `Queue`, `Table`), each a
    URL without the account."""
    services = "".join(f"{name}Endpoint={url}/{ACCOUNT};" for name, url in endpoints.items())
    return f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};{services}"


def spelled_out(given: str) -> str:
    """The connection string in full, should it be the shorthand; any other comes back as it is."""
    if given.strip().rstrip(";").lower() != _SHORTHAND:
        return given
    return connection_string({name: f"http://127.0.0.1:{port}" for name, port in _PORTS.items()})
