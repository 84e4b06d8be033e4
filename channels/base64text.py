"""Texts that arrive base64-encoded, as long SMS from some carriers do."""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata

_SHORTEST = 60
_ALPHABET = re.compile(r"[A-Za-z0-9+/]+={0,2}")


def decode_if_encoded(text: str) -> str:
    """The decoded text where the given one is surely base64, else the given one.

    Surely: at least 60 characters in whole groups of four and nothing else but line ends, and what comes out is UTF-8
    made of assigned, printable characters. 45 bytes that a person's letters happen to decode to are not.
    """
    if " " in text.strip(" "):
        return text
    packed = text.replace("\r", "").replace("\n", "").strip()
    if len(packed) < _SHORTEST or len(packed) % 4 or not _ALPHABET.fullmatch(packed):
        return text
    try:
        decoded = base64.b64decode(packed, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return text
    return decoded if all(map(_is_written, decoded)) else text


def _is_written(character: str) -> bool:
    return character in "\r\n\t" or unicodedata.category(character) not in {"Cc", "Cn", "Co", "Cs"}
