"""Who texts from a browser: a sender the web chat channel handed out, kept with its proof in one cookie.

The cookie is Lax, not Strict: with Strict a person who follows a link to us from another site would arrive without it,
be given a new sender, and lose their conversation. Forms from other sites are refused by `demand_own_form`.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from channels.base import NotAuthentic
from channels.webchat import WebChat, credentials, token_of
from service.keys import CHANNELS, PROGRAMMES, SETTINGS
from service.programme import Programme
from service.workflow import NotFound

YEAR = 365 * 24 * 3600
LANGUAGE = "phone_language"


@dataclass(frozen=True)
class Line:
    """A programme's web chat: the programme, the channel and its full name, such as nairobi/web."""

    programme: Programme
    name: str
    channel: WebChat

    @property
    def cookie(self) -> str:
        return f"phone_{self.programme.code}"

    @property
    def path(self) -> str:
        return f"/phone/{self.programme.code}"


@dataclass(frozen=True)
class Texter:
    """A person at a browser. `new` says that their cookie has still to be set."""

    sender: str = field(repr=False)
    token: str = field(repr=False)
    new: bool = False


def lines(app: web.Application) -> list[Line]:
    """Every programme that can be texted from a browser, in the order of the programmes."""
    found = []
    for programme in app[PROGRAMMES].values():
        for name, channel in app[CHANNELS].items():
            if isinstance(channel, WebChat) and name.partition("/")[0] == programme.code:
                found.append(Line(programme, name, channel))
                break
    return found


def line_of(request: web.Request) -> Line:
    """The line that the address names, or NotFound."""
    code = request.match_info["programme"]
    for line in lines(request.app):
        if line.programme.code == code:
            return line
    raise NotFound("No programme of that name can be texted from here.")


def texter_of(request: web.Request, line: Line) -> Texter:
    """Who holds this browser. Raises NotAuthentic when the cookie is missing or was not made by us."""
    sender, _, token = request.cookies.get(line.cookie, "").rpartition(".")
    if not sender or not hmac.compare_digest(token.encode(), token_of(line.channel.secret, sender).encode()):
        raise NotAuthentic("the cookie is missing or not ours")
    return Texter(sender, token)


def greet(request: web.Request, line: Line) -> Texter:
    """Who holds this browser, or somebody new: a cookie that is missing or no longer ours opens nothing."""
    try:
        return texter_of(request, line)
    except NotAuthentic:
        fresh = credentials(line.channel.secret)
        return Texter(fresh.sender, fresh.token, new=True)


def remember(request: web.Request, response: web.Response, line: Line, texter: Texter) -> None:
    """Give the browser its cookie, if it is new."""
    if texter.new:
        response.set_cookie(line.cookie, f"{texter.sender}.{texter.token}", **_options(request))


def forget(request: web.Request, response: web.Response, line: Line) -> None:
    """Take the cookie back: the browser is nobody we know."""
    response.del_cookie(line.cookie, path="/phone")


def demand_own_form(request: web.Request) -> None:
    """NotAuthentic when another site sent the form (https://www.w3.org/TR/fetch-metadata/)."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise NotAuthentic("the form came from another site")


def language_of(request: web.Request, line: Line) -> str:
    """The programme's language that the person chose, or that their browser asks for most, or its first."""
    offered = line.programme.rules.languages
    for tag in (request.query.get("language"), request.cookies.get(LANGUAGE)):
        if tag in offered:
            return tag
    by_lower = {tag.lower(): tag for tag in offered}
    for tag in _accepted(request.headers.get("Accept-Language", "")):
        for wanted in (tag, tag.partition("-")[0]):
            if wanted in by_lower:
                return by_lower[wanted]
    return offered[0]


def remember_language(request: web.Request, response: web.Response, language: str) -> None:
    """Keep the language that the person chose on this page."""
    if request.query.get("language") == language:
        response.set_cookie(LANGUAGE, language, **_options(request))


def _accepted(header: str) -> list[str]:
    """The language tags of an Accept-Language header in lower case, most wanted first (RFC 9110, 12.5.4)."""
    weighed = []
    for position, part in enumerate(header.lower().split(",")):
        tag, _, rest = part.strip().partition(";")
        try:
            weight = float(rest.strip().removeprefix("q=") or 1)
        except ValueError:
            weight = 0.0
        if tag and weight > 0:
            weighed.append((-weight, position, tag.strip()))
    return [tag for _, _, tag in sorted(weighed)]


def _options(request: web.Request) -> dict[str, Any]:
    secure = request.app[SETTINGS].secure()
    return {"max_age": YEAR, "path": "/phone", "httponly": True, "samesite": "Lax", "secure": secure}
