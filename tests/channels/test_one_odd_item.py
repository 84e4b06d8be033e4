"""One odd item among several in a request: the others are read all the same, and the fault names the odd one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from channels.base import BadPayload, Channel, Inbound, Webhook
from channels.generic import Generic
from channels.infobip import Infobip
from channels.messenger import Messenger
from channels.whatsapp import WhatsApp, without_number


def whatsapp(*texts: Any) -> dict[str, Any]:
    messages = [{"from": "254700000001", "id": f"m{n}", "type": "text", "text": t} for n, t in enumerate(texts)]
    value = {"metadata": {"phone_number_id": "1"}, "messages": messages, "statuses": [{"id": "x", "status": "read"}]}
    return {"entry": [{"changes": [{"field": "messages", "value": value}]}]}


def messenger(*texts: Any) -> dict[str, Any]:
    items = [
        {"sender": {"id": "7"}, "timestamp": 1, "message": {"mid": f"m{n}", "text": t}} for n, t in enumerate(texts)
    ]
    return {"entry": [{"id": "1", "messaging": items}]}


def infobip(*texts: Any) -> dict[str, Any]:
    return {"results": [{"messageId": f"m{n}", "from": "254", "text": t} for n, t in enumerate(texts)]}


def generic(*texts: Any) -> dict[str, Any]:
    return {"messages": [{"id": f"m{n}", "from": "254", "text": t} for n, t in enumerate(texts)]}


CASES: list[tuple[Channel, dict[str, Any], str]] = [
    (
        WhatsApp("1", "token", "secret", "verify"),
        whatsapp({"body": "one"}, {"body": 7}, {"body": "three"}, 9),
        "entry[0].changes[0].value.messages[1].text.body is not a text, and 1 more like it",
    ),
    (Messenger("1", "token", "secret", "verify"), messenger("one", 7, "three"), "entry[0].messaging[1].message.text"),
    (
        Infobip("https://x.test", "key", "0123456789abcdef" * 3, "254"),
        infobip("one", None, "three"),
        "results[1].text is missing",
    ),
    (Generic("whsec_" + "eHh4" * 10, "https://x.test"), generic("one", [], "three"), "messages[1].text is not a text"),
]


@pytest.mark.parametrize(("channel", "body", "fault"), CASES, ids=[case[0].type for case in CASES])
def test_the_others_are_read(channel: Channel, body: dict[str, Any], fault: str) -> None:
    with pytest.raises(BadPayload) as raised:
        channel.parse(Webhook("POST", "", {}, {}, {}, json.dumps(body).encode()))
    assert fault in str(raised.value)
    texts = [item for item in raised.value.read if isinstance(item, Inbound)]
    named = without_number if channel.type == "whatsapp" else str
    assert [(text.text, text.external_id) for text in texts] == [("one", named("m0")), ("three", named("m2"))]
