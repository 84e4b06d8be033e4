"""What the pages of the desk share: its navigation with numbers, its notices, its forms' token, its filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from dashboards.rendering import render
from dashboards.security import Person, form_token, take_notices
from dashboards.unstored import written_in
from service import duties
from service.filters import Filters
from service.keys import CHANNELS, DATABASE
from service.programme import Programme

STATUSES = ("in_review", "disputed", "accepted", "forwarded", "answered", "resolved", "rejected", "merged", "referred")
LONGEST_SEARCH = 200


def now() -> datetime:
    return datetime.now(UTC)


async def render_desk(
    request: web.Request,
    template: str,
    programme: Programme,
    person: Person,
    context: Mapping[str, Any],
    *,
    status: int = 200,
) -> web.Response:
    """A page of the desk inside its frame."""
    channels = request.app[CHANNELS]
    async with request.app[DATABASE].reading() as session:
        frame = {
            "programme": programme,
            "person": person,
            "zone": programme.zone,
            "home": f"/desk/{programme.code}",
            "duties": await duties.count(session, programme, person.role, channels, now()),
            "csrf": await form_token(request),
            "messages": await take_notices(request),
            "written": written_in(request) if status == web.HTTPConflict.status_code else (),
        }
    return render(request, template, frame | dict(context), status=status)


def filters_of(request: web.Request) -> Filters:
    """The filters in the address. What we do not know filters nothing."""
    query = request.query
    status = query.get("status", "waiting")
    return Filters(
        status=status if status in ("all", *STATUSES) else "waiting",
        category=query.get("category", ""),
        area=query.get("area", ""),
        language=query.get("language", ""),
        channel=query.get("channel", ""),
        urgent={"yes": True, "no": False}.get(query.get("urgent", "")),
        words=query.get("words", "")[:LONGEST_SEARCH].strip(),
        vault=query.get("vault") == "yes",
    )


def address_of(filters: Filters, **changes: Any) -> str:
    """The filters as the query of an address, with its question mark; empty for none."""
    values = asdict(filters) | changes
    shown = {
        "status": "" if values["status"] == "waiting" else values["status"],
        "urgent": {True: "yes", False: "no", None: ""}[values["urgent"]],
        "vault": "yes" if values["vault"] else "",
    }
    query = {name: value for name, value in (values | shown).items() if value}
    return f"?{urlencode(query)}" if query else ""
