"""Handing a text to a provider over HTTP, and what its answer means. The same for every provider."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, ConnectionTimeoutError
from aiohttp.client_exceptions import ClientConnectorError

from channels.base import Fault, SendFailed
from channels.payload import MAX_ID

TIMEOUT = 15.0
"""Seconds a send may take in all: long enough for a slow provider, short enough for the outbox."""

_CODE = re.compile(r"[A-Za-z_-]{1,40}|[A-Z]?-?[0-9]{1,7}")


@dataclass(frozen=True)
class Answer:
    """What a provider said. `json` is None when it was not JSON; `retry_after` is in seconds."""

    status: int
    json: Any = field(default=None, repr=False)
    retry_after: float | None = None

    def dig(self, *path: str | int) -> Any:
        """The value at a path of keys and positions in the JSON; None where there is none."""
        value = self.json
        for step in path:
            if isinstance(step, int):
                value = value[step] if isinstance(value, list) and len(value) > step else None
            else:
                value = value.get(step) if isinstance(value, dict) else None
        return value

    def id(self, *path: str | int) -> str:
        """The provider's id of what we sent. Without one the text may have gone all the same: uncertain, no retry."""
        value = self.dig(*path)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or not 0 < len(value) <= MAX_ID or not value.isprintable():
            raise SendFailed("the provider's answer has no id of the text", retry=False, uncertain=True)
        return value


async def post(http: ClientSession, url: str, *, seconds: float, **request: Any) -> Answer:
    """POST, and read the answer whole. SendFailed(retry=True) when no answer came within `seconds`."""
    return await ask(http, "POST", url, seconds=seconds, **request)


async def ask(http: ClientSession, method: str, url: str, *, seconds: float, **request: Any) -> Answer:
    """As `post`, with another method."""
    timeout = ClientTimeout(total=seconds)
    try:
        async with http.request(method, url, timeout=timeout, allow_redirects=False, **request) as response:
            return Answer(response.status, _read(await response.read()), _wait(response))
    except (ClientConnectorError, ConnectionTimeoutError):
        raise SendFailed("the provider could not be reached", retry=True, fault="line") from None
    except TimeoutError:
        raise SendFailed("the provider did not answer in time", retry=True, uncertain=True, fault="line") from None
    except (ClientError, OSError):
        raise SendFailed("the connection to the provider broke", retry=True, uncertain=True, fault="line") from None


def check(
    answer: Answer, *, code: Any = None, retry: bool = False, opted_out: bool = False, fault: Fault | None = None
) -> None:
    """Raise SendFailed unless the provider accepted. `code` is its own; `retry`, `opted_out` and `fault` what it means.

    429, 408 and 5xx can be tried again, and a redirect, which we never follow: the provider has moved, or something between us
    answers for it. Every other refusal would only be refused again.
    """
    if 200 <= answer.status < 300:
        return
    raise refusal(
        answer,
        code=code,
        retry=retry or answer.status in (408, 425, 429) or answer.status >= 500 or 300 <= answer.status < 400,
        opted_out=opted_out,
        fault=fault,
    )


def refusal(
    answer: Answer, *, code: Any = None, retry: bool = False, opted_out: bool = False, fault: Fault | None = None
) -> SendFailed:
    """The error of an answer that says no, for providers that say so in the body of a 200."""
    shown = f", code {code}" if _CODE.fullmatch(str(code)) and code is not None else ""
    return SendFailed(
        f"the provider answered {answer.status}{shown}",
        retry=retry and not opted_out,
        opted_out=opted_out,
        retry_after=answer.retry_after,
        fault="text" if opted_out else fault or _fault(answer.status),
    )


def _fault(status: int) -> Fault:
    """What a refusal is about. A 403 may be about one text alone; only many in a row are taken for wrong keys.

    402 is an account that cannot pay: it is filled up, and then what waited goes out.
    """
    if status in (401, 402, 403):
        return "keys"
    if status == 429:
        return "busy"
    return "line" if status == 408 or status >= 500 or 300 <= status < 400 else "text"


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _wait(response: ClientResponse) -> float | None:
    """Retry-After in seconds. A date counts from the answer's own Date, so that no clock of ours is asked."""
    value = response.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", value):
        return float(value)
    try:
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(response.headers.get("Date", ""))
    except (ValueError, TypeError):
        return None
    return max(0.0, wait.total_seconds())
