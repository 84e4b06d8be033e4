"""The token Vonage asks of us: signed with the application's key, for one application, for a few minutes."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import ClientSession, web
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from channels import build
from channels.base import Media, Outbound
from tests.channels.case import load
from tests.channels.contract import Serve
from tests.channels.provider import Provider, channel_at

SETTINGS = load("vonage")["settings"]


def decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


async def sent_token(serve: Serve, settings: dict[str, str]) -> str:
    seen: list[str] = []

    async def provide(request: web.Request) -> web.Response:
        seen.append(request.headers["Authorization"])
        return web.json_response({"message_uuid": "u"}, status=202)

    app = web.Application()
    app.router.add_post("/v1/messages", provide)
    address = str((await serve(app)).make_url("")).rstrip("/")
    async with ClientSession() as http:
        await build("vonage", settings | {"api_url": address}).send(http, Outbound("+254700000002", "hello", "key-1"))
    return seen[0].removeprefix("Bearer ")


@pytest.mark.parametrize("key", [SETTINGS["private_key"], SETTINGS["private_key"].replace("\n", "\\n")])
async def test_a_text_is_sent_with_a_token_of_the_application(key: str, aiohttp_server: Serve) -> None:
    token = await sent_token(aiohttp_server, SETTINGS | {"private_key": key})
    head, said, signature = token.split(".")
    private = load_pem_private_key(SETTINGS["private_key"].encode(), None)
    assert isinstance(private, RSAPrivateKey)
    private.public_key().verify(decode(signature), f"{head}.{said}".encode(), PKCS1v15(), SHA256())
    claims: dict[str, Any] = json.loads(decode(said))
    assert json.loads(decode(head)) == {"typ": "JWT", "alg": "RS256"}
    assert claims["application_id"] == SETTINGS["application_id"]
    assert abs(claims["iat"] - datetime.now(UTC).timestamp()) < 60
    assert claims["exp"] - claims["iat"] == 300


async def test_a_file_is_asked_for_with_such_a_token(aiohttp_server: Serve) -> None:
    provider = Provider({"*": {"body": "JPEG"}})
    address = await provider.start(aiohttp_server)
    async with ClientSession() as http:
        await channel_at("vonage", {}, address).fetch(http, Media(f"{address}/v3/media/1"), 100)
    scheme, _, token = provider.asked[0]["headers"]["authorization"].partition(" ")
    assert [scheme, json.loads(decode(token.split(".")[1]))["application_id"]] == ["Bearer", SETTINGS["application_id"]]


async def test_no_two_tokens_are_the_same(aiohttp_server: Serve) -> None:
    assert await sent_token(aiohttp_server, SETTINGS) != await sent_token(aiohttp_server, SETTINGS)


def test_a_key_that_is_none_is_refused_by_name() -> None:
    curve = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for bad in ("-----BEGIN", curve.decode()):
        with pytest.raises(ValueError, match=r"^channel vonage: private_key is not an RSA key in PEM$"):
            build("vonage", SETTINGS | {"private_key": bad})
