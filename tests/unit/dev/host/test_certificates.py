"""The authority behind HTTPS."""

import ssl
from pathlib import Path

from dev.host.certificates import CA_FILE, authority, server_context


def test_the_authority_is_kept(tmp_path: Path) -> None:
    first = authority(tmp_path / "kept")
    second = authority(tmp_path / "kept")
    assert first.cert_pem.bytes() == second.cert_pem.bytes()


def test_only_the_owner_may_read_its_key(tmp_path: Path) -> None:
    authority(tmp_path)
    assert (tmp_path / "ca-key.pem").stat().st_mode & 0o077 == 0


def test_a_client_that_trusts_it_accepts_the_server(tmp_path: Path) -> None:
    server = server_context(tmp_path)
    client = ssl.create_default_context(cafile=tmp_path / CA_FILE)
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname="127.0.0.1")
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(3):
        for side in (ours, theirs):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert ours.version() == "TLSv1.3"
