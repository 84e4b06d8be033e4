"""Reading the cases of a channel: requests as the provider sends them, and what must come of them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from multidict import CIMultiDict, CIMultiDictProxy

from channels import build
from channels.base import Attachment, Channel, Delivery, Inbound, Media, Outbound, Part, Template, Webhook
from channels.screens import Speech

CASES = Path(__file__).parent / "cases"
PRIVATE_KEY = '"an RSA private key"'


def load(type: str) -> dict[str, Any]:
    """The cases of a channel. A private key is made for the run, so that none lies in the repository."""
    text = (CASES / f"{type}.json").read_text(encoding="utf-8")
    return json.loads(text.replace(PRIVATE_KEY, json.dumps(private_key())) if PRIVATE_KEY in text else text)


@cache
def private_key() -> str:
    """An RSA key in PEM."""
    key = generate_private_key(65537, 2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def channel_of(type: str) -> Channel:
    """The channel of a cases file; where it looks at a clock, it is the file's `now`, and its words are the file's."""
    cases = load(type)
    channel = build(type, cases["settings"])
    if "speech" in cases:
        return replace(channel, speech=tuple(Speech(**words) for words in cases["speech"]))
    if "now" in cases:
        moment = datetime.fromisoformat(cases["now"])
        return replace(channel, clock=lambda: moment)
    return channel


def hook_of(type: str, case: dict[str, Any]) -> Webhook:
    query = case.get("query", {})
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    url = case.get("url", f"https://reports.test/channels/{type}")
    return Webhook(
        method=case.get("method", "POST"),
        url=f"{url}?{asked}" if asked else url,
        query=query,
        headers=CIMultiDictProxy(CIMultiDict({name.lower(): value for name, value in case.get("headers", {}).items()})),
        form=case.get("form", {}),
        body=body_of(case),
        files={name: content.encode() for name, content in case.get("files", {}).items()},
        remote=case.get("remote", ""),
    )


def body_of(case: dict[str, Any]) -> bytes:
    if "json" in case:
        return json.dumps(case["json"], separators=(",", ":"), ensure_ascii=False).encode()
    return case.get("body", "").encode()


def events_of(case: dict[str, Any]) -> list[Inbound | Delivery]:
    inbound = [Inbound(**(found | _read_inbound(found))) for found in case.get("inbound", [])]
    deliveries = [Delivery(**(found | {"at": _time(found.get("at"))})) for found in case.get("deliveries", [])]
    return [*inbound, *deliveries]


def media_of(found: dict[str, Any], api: str = "") -> Media:
    """A file of a case. Its content is written as a text; `{api}` in its reference is where the fake provider is."""
    content = found.get("content")
    return Media(
        found.get("reference", "").replace("{api}", api),
        found.get("content_type", ""),
        None if content is None else content.encode(),
    )


def outbound_of(case: dict[str, Any], key: str) -> Outbound:
    """What a send case sends."""
    attachment, template = case.get("attachment"), case.get("template")
    return Outbound(
        case.get("to", "+254700000002"),
        case.get("text", "Thank you. Your reference is K7-4QF."),
        key,
        attachment=Attachment(**attachment) if attachment else None,
        template=Template(**(template | {"values": tuple(template["values"])})) if template else None,
    )


def _read_inbound(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "sent_at": _time(found.get("sent_at")),
        "location": _place(found.get("location")),
        "media": tuple(map(media_of, found.get("media", []))),
        "part": Part(**found["part"]) if "part" in found else None,
    }


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _place(pair: list[float] | None) -> tuple[float, float] | None:
    return (pair[0], pair[1]) if pair else None
