"""Makes tokens as Microsoft Entra does, for a tenant and an app that are nobody's.

The app checks them as it does Entra's, by the keys that this issuer publishes: nothing in it knows
of development. Whoever may read the issuer's file may be anybody to that app, and nobody to others.
"""

import base64
import os
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import MappingProxyType
from uuid import NAMESPACE_URL, uuid5

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from core.access.published import ALGORITHM
from core.access.roles import Role
from core.errors import ConfigurationError

TENANT = "00000000-0000-4000-8000-00000000aaaa"
"""The tenant, which exists nowhere else."""
AUDIENCE = "00000000-0000-4000-8000-00000000bbbb"
"""The app's client id in it."""
HOUR = 3600
"""Seconds for which a token is good."""
FILE = "issuer.json"
"""What an issuer keeps in its folder."""


class Issuer(msgspec.Struct, frozen=True, kw_only=True):
    """Who makes tokens. Its file is a secret: only its owner may read it."""

    url: str
    """Where its keys are published; empty until somebody does."""
    pem: str
    """The key with which it signs."""
    key_id: str

    @property
    def issued_by(self) -> str:
        """Its name in tokens of version 2."""
        return f"{self.url}/{TENANT}/v2.0"

    @property
    def private_key(self) -> rsa.RSAPrivateKey:
        """The key with which it signs."""
        return _key(self.pem)

    def published(self) -> dict[str, list[dict[str, str]]]:
        """Its keys, as a JSON Web Key Set."""
        numbers = self.private_key.public_key().public_numbers()
        key = {
            "kty": "RSA",
            "use": "sig",
            "kid": self.key_id,
            "n": _number(numbers.n),
            "e": _number(numbers.e),
        }
        return {"keys": [key]}

    def token(
        self,
        role: Role | None = Role.READER,
        *,
        name: str = "developer@localhost",
        groups: Sequence[str] = (),
        seconds: int = HOUR,
        claims: Mapping[str, object] = MappingProxyType({}),
    ) -> str:
        """A token for somebody of that name and role; more claims are added, and win."""
        now = int(time.time())
        subject = str(uuid5(NAMESPACE_URL, name))
        usual: dict[str, object] = {
            "aud": AUDIENCE,
            "iss": self.issued_by,
            "iat": now,
            "nbf": now,
            "exp": now + seconds,
            "tid": TENANT,
            "oid": subject,
            "sub": subject,
            "azp": AUDIENCE,
            "preferred_username": name,
            "roles": [] if role is None else [str(role)],
            "groups": list(groups),
            "ver": "2.0",
        }
        return self.signed({**usual, **claims})

    def signed(self, claims: dict[str, object]) -> str:
        """A token that says just that."""
        headers = {"kid": self.key_id}
        return jwt.encode(claims, self.private_key, algorithm=ALGORITHM, headers=headers)


def new_issuer(url: str = "") -> Issuer:
    """An issuer with a key of its own."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return Issuer(url=url, pem=pem, key_id=base64.urlsafe_b64encode(os.urandom(15)).decode())


def read_issuer(folder: Path) -> Issuer | None:
    """The issuer whose file is in that folder, if there is one. ConfigurationError when the file
    is something else."""
    file = folder / FILE
    try:
        return msgspec.json.decode(file.read_bytes(), type=Issuer)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError as error:
        raise ConfigurationError(f"{file} is no issuer's file ({error}): delete it") from error


def keep_issuer(folder: Path, issuer: Issuer) -> None:
    """Write its file, which appears whole."""
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f"{FILE}.part"
    unfinished.touch(mode=0o600)
    unfinished.write_bytes(msgspec.json.encode(issuer))
    unfinished.replace(folder / FILE)


@cache  # a key is checked as it is read, which takes longer than to sign
def _key(pem: str) -> rsa.RSAPrivateKey:
    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ConfigurationError("the issuer's key is none of RSA: delete its file")
    return key


def _number(value: int) -> str:
    """A number as JSON Web Keys write it: its bytes, in base64url."""
    raw = value.to_bytes((value.bit_length() + 7) // 8)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
