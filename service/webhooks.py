"""One request of a provider as its channel reads it: from the wire, into quarantine, and out of it again the same.

Whatever a channel sees of a form is made of the request's own bytes, here and nowhere else, so that a request that is read
again after a fix is the request that came.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from email.message import Message
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

from aiohttp import hdrs, web
from multidict import CIMultiDict, MultiDict

from channels.base import BadPayload, Webhook
from service.secrets import Secrets

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
MOST_FIELDS = 1000
"""In one form; no provider's has a tenth of it."""
_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "windows-1252", "utf-16"})
"""Those that forms come in. Python knows others that take minutes for a long text, and whoever calls us names one before we
know who that is."""
_SEPARATORS = re.compile(b"%26|%3D", re.IGNORECASE)
"""Escaped, within a field: then fields are told apart before they are read."""


async def fill(body: bytearray, request: web.Request, most: int) -> bool:
    """Take in what there is of a request's body, as far as `most` bytes and a little more; was that all?"""
    while len(body) <= most:
        more = await request.content.readany()
        if not more:
            return True
        body += more
    return False


def read(request: web.Request, body: bytes, address: str, caller: str) -> Webhook:
    """The whole request of `caller`, under `address`, ours, which it called. Raises BadPayload."""
    form, files = _form(request.headers.get(hdrs.CONTENT_TYPE, ""), body)
    return Webhook(
        request.method,
        address + request.raw_path,
        request.query,
        request.headers,
        form,
        body,
        files,
        caller,
    )


def pack(hook: Webhook) -> str:
    """Everything of a request as JSON, names that repeat included."""
    request = {
        "method": hook.method,
        "url": hook.url,
        "query": list(hook.query.items()),
        "headers": list(hook.headers.items()),
        "body": base64.b64encode(hook.body).decode(),
        "remote": hook.remote,
    }
    return json.dumps(request)


def unpack(packed: str) -> Webhook:
    """What `pack` was given. Raises BadPayload where `read` would."""
    fields = json.loads(packed)
    headers = CIMultiDict(_pairs(fields["headers"]))
    body = base64.b64decode(fields["body"])
    form, files = _form(headers.get(hdrs.CONTENT_TYPE, ""), body)
    query = MultiDict(_pairs(fields["query"]))
    return Webhook(fields["method"], fields["url"], query, headers, form, body, files, fields.get("remote", ""))


def digest(secrets: Secrets, channel: str, hook: Webhook) -> str:
    """The same 64 hex characters for every redelivery of a request: its headers tell the time, and are left out."""
    # The boundary between the parts of a multipart form is another each time.
    content = [list(hook.form.items()), _encoded(hook.files)] if hook.files else base64.b64encode(hook.body).decode()
    whole = json.dumps([channel, hook.method, hook.url, content]).encode()
    return hmac.digest(secrets.key("quarantine"), whole, "sha256").hex()


def _encoded(files: Mapping[str, bytes]) -> list[tuple[str, str]]:
    return [(name, base64.b64encode(content).decode()) for name, content in files.items()]


def _pairs(value: Any) -> Any:
    """Names with values. The first release kept each name once, as an object."""
    return value.items() if isinstance(value, dict) else value


def _form(content_type: str, body: bytes) -> tuple[Mapping[str, str], Mapping[str, bytes]]:
    kind, charset, boundary = _kind(content_type)
    if kind not in (FORM, MULTIPART):
        return {}, {}
    try:
        _demand_known(charset)
        if kind == MULTIPART:
            return _multipart(boundary, body, charset)
        return MultiDict(_fields(body.rstrip(), charset)), {}
    except (ValueError, LookupError):
        raise BadPayload(f"the form cannot be read; send it as {FORM} in UTF-8") from None


def _demand_known(charset: str) -> str:
    """The charset. ValueError for one that no provider writes."""
    if charset.lower() not in _CHARSETS:
        raise ValueError("a charset of no form")
    return charset


@lru_cache(maxsize=64)
def _kind(content_type: str) -> tuple[str, str, str]:
    """Media type, charset and boundary. A provider writes it the same way every time."""
    message = Message()
    message[hdrs.CONTENT_TYPE] = content_type
    kind = content_type.partition(";")[0].strip().lower()
    return kind, str(message.get_param("charset", "utf-8")).lower(), message.get_boundary("")


def _fields(form: bytes, charset: str) -> list[tuple[str, str]]:
    """As `urllib.parse.parse_qsl` with blank values, in a third of the time: fields seldom hold what separates fields."""
    # In other charsets an escape may make a separator out of what is none.
    whole = charset == "utf-8" and form.isascii() and _SEPARATORS.search(form) is None
    if whole:
        text = unquote_to_bytes(form.replace(b"+", b" ")).decode(charset, "replace")
    else:
        text = form.decode(charset).replace("+", " ")
    pairs = [pair.partition("=")[::2] for pair in text.split("&") if pair]
    if len(pairs) > MOST_FIELDS:
        raise ValueError("too many fields")
    return pairs if whole else [(unquote(name, charset), unquote(value, charset)) for name, value in pairs]


def _multipart(boundary: str, body: bytes, charset: str) -> tuple[Mapping[str, str], Mapping[str, bytes]]:
    """Fields and files of RFC 7578. ValueError if it is none."""
    form: MultiDict[str] = MultiDict()
    files: MultiDict[bytes] = MultiDict()
    for number, (head, content) in enumerate(_parts(boundary, body)):
        name = head.get_param("name", None, "content-disposition")
        if not isinstance(name, str) or number >= MOST_FIELDS:
            raise ValueError("a part without a name, or too many")
        if head.get_param("filename", None, "content-disposition") is not None:
            files.add(name, content)
        else:
            form.add(name, content.decode(_demand_known(str(head.get_param("charset", charset)))))
    return form, files


def _parts(boundary: str, body: bytes) -> Iterator[tuple[Message, bytes]]:
    if not boundary:
        raise ValueError("no boundary")
    _, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary.encode())
    if not parts or not parts[-1].startswith(b"--"):
        raise ValueError("no end")
    for part in parts[:-1]:
        lines, blank, content = part.lstrip(b" \t").removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if not blank:
            raise ValueError("a part without a head")
        head = Message()
        for line in lines.decode().split("\r\n"):
            field, colon, value = line.partition(":")
            if colon:
                head[field.strip()] = value.strip()
        yield head, content
