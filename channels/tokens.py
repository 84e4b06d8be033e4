"""JSON Web Tokens: reading those signed with a shared secret, making those signed with a private key. RFC 7515, 7519."""

from __future__ import annotations

import base64
import hmac
import json
from functools import lru_cache
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from channels.proof import same


def claims(token: str, secret: str) -> dict[str, Any]:
    """What a token says if it is signed with the secret by HS256, else nothing."""
    signed, _, signature = token.rpartition(".")
    digest = hmac.digest(secret.encode(), signed.encode("utf-8", "surrogatepass"), "sha256")
    if not same(signature, _base64(digest)):
        return {}
    head, _, said = signed.partition(".")
    header, claims = _part(head), _part(said)
    return claims if header.get("alg") == "HS256" else {}


def signed(claims: dict[str, Any], pem: str) -> str:
    """A token that says `claims`, signed by RS256."""
    token = f"{_encode({'typ': 'JWT', 'alg': 'RS256'})}.{_encode(claims)}"
    return f"{token}.{_base64(private_key(pem).sign(token.encode(), PKCS1v15(), SHA256()))}"


@lru_cache(maxsize=8)
def private_key(pem: str) -> RSAPrivateKey:
    """An RSA key from PEM, whose line ends may be written as \\n. ValueError if it is none."""
    try:
        key = load_pem_private_key(pem.replace("\\n", "\n").encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("private_key is not an RSA key in PEM")
    return key


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _encode(value: dict[str, Any]) -> str:
    return _base64(json.dumps(value).encode())


def _part(encoded: str) -> dict[str, Any]:
    try:
        value = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
