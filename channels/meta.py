"""What WhatsApp, Messenger and Instagram have in common: Meta's handshake, signature, envelope and errors.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started (handshake, X-Hub-Signature-256)
https://developers.facebook.com/docs/graph-api/guides/error-handling (errors)
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from aiohttp import ClientSession

from channels.base import NotAuthentic, Reply, Webhook
from channels.proof import same
from channels.sending import Answer, check, post

GRAPH = "https://graph.facebook.com/v23.0"

_TEMPORARY = frozenset(
    {1, 2, 4, 17, 32, 341, 368, 613, 1200, 80006, 80007, 130429, 131000, 131016, 131056, 131057, 133004}
)
"""Codes that ask to try again later: too many calls, too much at once, out of service. Meta gives some with a 400."""


def authenticate(hook: Webhook, *, app_secret: str, verify_token: str) -> None:
    """Raise NotAuthentic unless the handshake knows the token, or the body is signed with the app's secret."""
    if hook.method == "GET":
        known = same(hook.query.get("hub.verify_token", ""), verify_token)
        if not known or hook.query.get("hub.mode") != "subscribe":
            raise NotAuthentic("the verify token is wrong")
        return
    wanted = "sha256=" + hmac.new(app_secret.encode(), hook.body, "sha256").hexdigest()
    if not same(hook.headers.get("X-Hub-Signature-256", ""), wanted):
        raise NotAuthentic("the signature is wrong")


def reply(hook: Webhook) -> Reply:
    """The challenge of a handshake, as Meta wants it back; nothing for a delivery."""
    return Reply(hook.query.get("hub.challenge", "") if hook.method == "GET" else "")


async def send(http: ClientSession, url: str, token: str, payload: Mapping[str, Any], *, seconds: float) -> Answer:
    """Post to the Graph API; the answer is an accepted one."""
    headers = {"Authorization": f"Bearer {token}"}
    answer = await post(http, url, seconds=seconds, json=payload, headers=headers)
    code = answer.dig("error", "code")
    check(answer, code=code, retry=isinstance(code, int) and code in _TEMPORARY)
    return answer
