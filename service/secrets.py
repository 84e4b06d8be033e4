"""Sealing texts and addresses, finding people again without knowing them, and signing links.

One secret key; a separate key is derived for each purpose (HKDF-SHA256, RFC 5869), so that a leaked pseudonym table says
nothing about links or texts.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12
_NONCES = 256
"""Made at once: every call of the system gives the interpreter up, and in a busy server it takes long to get it back."""
_nonces: list[bytes] = []


class Unsealable(Exception):
    """The sealed bytes were changed, or sealed with another key."""


@dataclass(frozen=True)
class Secrets:
    """Everything that needs the key. `master` is at least 32 random bytes."""

    master: bytes = field(repr=False)
    _aead: AESGCM = field(init=False, repr=False)
    _pseudonyms: hmac.HMAC = field(init=False, repr=False)
    """Never fed: each pseudonym is made with a copy, in less time than with the key."""

    def __post_init__(self) -> None:
        if len(self.master) < 32:
            raise ValueError("SECRET_KEY must be at least 32 bytes; make one with: openssl rand -base64 48")
        object.__setattr__(self, "_aead", AESGCM(self.key("seal")))
        object.__setattr__(self, "_pseudonyms", hmac.new(self.key("pseudonym"), digestmod="sha256"))

    def key(self, purpose: str) -> bytes:
        """32 bytes for one purpose, such as cookies or links."""
        return HKDF(SHA256(), 32, salt=None, info=f"answerable/{purpose}".encode()).derive(self.master)

    def seal(self, text: str) -> bytes:
        """Encrypt and authenticate a text. Lone surrogates survive."""
        return self.seal_bytes(text.encode("utf-8", "surrogatepass"))

    def unseal(self, sealed: bytes) -> str:
        """The text that was sealed, or Unsealable."""
        return self.unseal_bytes(sealed).decode("utf-8", "surrogatepass")

    def seal_bytes(self, content: bytes) -> bytes:
        """Encrypt and authenticate (AES-256-GCM, 96-bit random nonce first)."""
        nonce = _nonce()
        return nonce + self._aead.encrypt(nonce, content, None)

    def unseal_bytes(self, sealed: bytes) -> bytes:
        """The bytes that were sealed, or Unsealable."""
        try:
            return self._aead.decrypt(sealed[:12], sealed[12:], None)
        except (InvalidTag, ValueError):
            raise Unsealable("sealed with another SECRET_KEY, or damaged") from None

    def pseudonym(self, channel: str, address: str) -> str:
        """The same 40 hex characters for the same address on a channel, useless without the key."""
        mac = self._pseudonyms.copy()
        mac.update(f"{channel}\0{address}".encode("utf-8", "surrogatepass"))
        return mac.hexdigest()[:40]

    def sign(self, purpose: str, payload: str) -> str:
        """payload.signature in URL-safe characters; the payload is readable, not secret."""
        body = base64.urlsafe_b64encode(payload.encode()).rstrip(b"=").decode()
        return f"{body}.{self._signature(purpose, body)}"

    def verify(self, purpose: str, token: str) -> str | None:
        """The payload of a token we signed for this purpose, or None if it is forged or mangled."""
        body, _, signature = token.partition(".")
        expected = self._signature(purpose, body)
        if not hmac.compare_digest(signature.encode("utf-8", "replace"), expected.encode()):
            return None
        return base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode()

    def _signature(self, purpose: str, body: str) -> str:
        digest = hmac.new(self.key(f"sign/{purpose}"), body.encode("utf-8", "replace"), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest[:24]).decode()


def _nonce() -> bytes:
    """96 random bits that nobody had before."""
    while True:
        try:
            return _nonces.pop()
        except IndexError:
            drawn = os.urandom(_NONCE_BYTES * _NONCES)
            _nonces.extend(drawn[at : at + _NONCE_BYTES] for at in range(0, len(drawn), _NONCE_BYTES))


# A child must not use what its parent has: the same nonce twice would open both texts.
os.register_at_fork(after_in_child=_nonces.clear)
