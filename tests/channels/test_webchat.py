from __future__ import annotations

import base64
import json

import pytest

from channels.base import BadPayload, Inbound, Media, Webhook
from channels.webchat import WebChat, credentials, token_of

SECRET = "wc-5b1f0e9d8c7b6a594837261504f3e2d1"


def test_every_browser_gets_its_own_sender() -> None:
    one, two = credentials(SECRET), credentials(SECRET)
    assert one.sender != two.sender
    assert len(one.sender) >= 22
    assert one.token == token_of(SECRET, one.sender) != two.token
    assert one.token != token_of(SECRET + "x", one.sender)


def _chat(**more: object) -> Webhook:
    sender = credentials(SECRET)
    chat = {"id": "1", "sender": sender.sender, "token": sender.token, "text": ""} | more
    return Webhook("POST", "https://reports.test/", {}, {}, {}, json.dumps(chat).encode())


def test_files_come_in_the_request() -> None:
    content = base64.b64encode(b"\xff\xd8\xff picture").decode()
    [text] = WebChat(SECRET).parse(_chat(media=[{"type": "image/jpeg", "content": content}, {"content": ""}]))
    assert isinstance(text, Inbound)
    assert text.media == (Media("", "image/jpeg", b"\xff\xd8\xff picture"), Media("", "", b""))


@pytest.mark.parametrize(
    ("media", "why"),
    [
        ("x", "media is not a list"),
        ([{"type": "image/jpeg"}], r"media\[0\].content is missing"),
        ([{"content": "not base64!"}], r"media\[0\].content is not base64"),
        ([{"content": "ééé="}], r"media\[0\].content is not base64"),
        ([{"content": base64.b64encode(bytes(1_100_000)).decode()}] * 2, "larger than 2 MB"),
    ],
)
def test_what_is_no_file_is_refused(media: object, why: str) -> None:
    with pytest.raises(BadPayload, match=why):
        WebChat(SECRET).parse(_chat(media=media))
