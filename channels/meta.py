"""What WhatsApp, Messenger and Instagram have in common: Meta's handshake, signature, envelope and errors.

https://developers.facebook.com/docs/graph-api/webhooks/getting-started (handshake, X-Hub-Signature-256)
https://developers.facebook.com/docs/graph-api/guides/error-handling (errors; 190 for a token that is not accepted)
https://developers.facebook.com/docs/messenger-platform/error-codes (Messenger and Instagram: their subcodes)
https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes (WhatsApp)
https://developers.facebook.com/docs/graph-api/guides/secure-requests (appsecret_proof)

Meta signs no time, delivers again for days, and promises no order: a text that comes twice is one by its id.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from aiohttp import ClientSession

from channels.base import Fault, NotAuthentic, Reply, Webhook
from channels.connecting import unreadable
from channels.proof import same
from channels.sending import Answer, ask, check, post

GRAPH = "https://graph.facebook.com/v23.0"

_BUSY = (4, 17, 32, 341, 613, 80006, 80007, 130429)
_TEMPORARY = (*_BUSY, 1, 2, 368, 1200, 131000, 131016, 131056, 131057, 133004)
"""Codes that ask to try again later: too many calls, too much at once, out of service. Meta gives some with a 400.

The busy ones are about all we send; 131056 is too much at once to one person.
"""

_NOT_RECEIVING = 1545041
"""Messenger's subcode of 551 and 200: the person receives nothing from this page, having blocked it or left."""
_WINDOW_OVER = (2018278, 2534022)
"""Messenger's and Instagram's subcodes of 10, which is a missing permission else: the person wrote too long ago."""
_NO_TOKEN = (190, 102)
_ACCOUNT = (368, 131031, 131042, 133010)
"""WhatsApp: the account broke a policy, is locked, does not pay, or its number is not registered. All texts must wait."""
_BAD_PARAMETER = 100


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
    answer = await post(http, url, seconds=seconds, json=payload, headers=bearer(token))
    code, subcode = answer.dig("error", "code"), answer.dig("error", "error_subcode")
    check(
        answer,
        code=code,
        retry=code in _TEMPORARY,
        opted_out=subcode == _NOT_RECEIVING,
        fault=_fault(code, subcode),
    )
    return answer


def _fault(code: Any, subcode: Any) -> Fault | None:
    """What Meta's code says is at fault, whatever the status: a token that is no more valid comes with a 400 too."""
    if subcode in _WINDOW_OVER:
        return "text"
    if code in _BUSY:
        return "busy"
    return "keys" if code in (*_NO_TOKEN, *_ACCOUNT) else None


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def look(
    http: ClientSession, url: str, token: str, *, seconds: float, app_secret: str = "", **query: str
) -> Answer:
    """What the Graph API says of a thing. With `app_secret` it also checks that secret and token are one app's."""
    if app_secret:
        query["appsecret_proof"] = hmac.new(app_secret.encode(), token.encode(), "sha256").hexdigest()
    return await ask(http, "GET", url, seconds=seconds, params=query, headers=bearer(token))


def fault_of(answer: Answer, *, thing: str) -> str:
    """Why the Graph API showed nothing, with what to do; empty when it did. `thing` is the setting with its id."""
    code, said = answer.dig("error", "code"), str(answer.dig("error", "message"))
    if 200 <= answer.status < 300 and isinstance(answer.json, dict) and code is None:
        return ""
    if code in _NO_TOKEN:
        return "Meta does not accept the access_token: make a new one that does not expire, with the permissions named."
    if code == _BAD_PARAMETER and "appsecret_proof" in said:
        return "The app_secret is not that of the access_token's app: copy it from the app's Settings > Basic."
    if code == _BAD_PARAMETER:
        return f"Meta shows nothing under {thing} to this access_token: check both, they belong together."
    if isinstance(code, int) and (code == 10 or 200 <= code < 300):
        return "The access_token lacks a permission: give it those its setting names, in the app's dashboard."
    return unreadable("Meta", answer.status)
