"""A certificate authority of our own, for HTTPS on loopback.

The Azure SDKs refuse to send a token over plain HTTP, so clients of the API need HTTPS locally
too. They are given this authority's certificate and trust nothing more than that.
"""

import ssl
from pathlib import Path

import trustme

CA_FILE = "ca.pem"
_CA_KEY_FILE = "ca-key.pem"


def authority(folder: Path) -> trustme.CA:
    """The authority kept in `folder`, made there when there is none yet."""
    certificate, key = folder / CA_FILE, folder / _CA_KEY_FILE
    if certificate.exists() and key.exists():
        return trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes())
    folder.mkdir(parents=True, exist_ok=True)
    made = trustme.CA(organization_name="Pratique local development")
    key.touch(mode=0o600)
    made.private_key_pem.write_to_path(key)
    made.cert_pem.write_to_path(certificate)
    return made


def server_context(folder: Path) -> ssl.SSLContext:
    """What a server on loopback needs to answer HTTPS with a certificate of that authority."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority(folder).issue_cert("localhost", "127.0.0.1", "::1").configure_cert(context)
    return context
