"""The desk: which programme, and its queue of what needs a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from dashboards.deskframe import STATUSES, address_of, filters_of, now, render_desk
from dashboards.languages import language_name
from dashboards.rendering import render
from dashboards.security import demand_user, form_token, require, take_notices
from service import facets, reviewing, users
from service.filters import NONE, Filters
from service.keys import DATABASE, PROGRAMMES
from service.programme import Programme

routes = web.RouteTableDef()


@dataclass(frozen=True)
class Option:
    """One value of a filter, how many reports it would show, and how deep it stands in a tree."""

    value: str
    label: str
    number: int
    depth: int = 0


@routes.get("/desk")
async def choose_programme(request: web.Request) -> web.StreamResponse:
    """The programmes somebody has a role in; straight to the only one."""
    user = await demand_user(request)
    async with request.app[DATABASE].reading() as session:
        roles = await users.roles(session, user.id)
    mine = [(programme, roles[code]) for code, programme in request.app[PROGRAMMES].items() if code in roles]
    if len(mine) == 1:
        raise web.HTTPSeeOther(f"/desk/{mine[0][0].code}")
    context = {
        "programmes": mine,
        "login": user.login,
        "csrf": await form_token(request),
        "messages": await take_notices(request),
    }
    return render(request, "desk/choose.html", context)


@routes.get("/desk/{programme}")
async def show_queue(request: web.Request) -> web.StreamResponse:
    """What needs a person, with filters, their counts and pages."""
    programme, person = await require(request)
    filters = filters_of(request)
    moment = now()
    async with request.app[DATABASE].reading() as session:
        queue = await reviewing.read_queue(
            session, programme, filters, person.role, moment, after=request.query.get("after", "")
        )
        counts = await facets.count(session, programme, filters, person.role)
    context = {
        "filters": filters,
        "options": options(programme, filters, counts),
        "queue": queue,
        "counts": counts,
        "now": moment,
        "address": address_of(filters),
        "filtered": filters != Filters(vault=filters.vault),
        "later": address_of(filters, after=queue.after) if queue.after else "",
        "first": "after" not in request.query,
    }
    return await render_desk(request, "desk/queue.html", programme, person, context)


def options(programme: Programme, filters: Filters, counts: facets.Counts) -> Mapping[str, list[Option]]:
    """The choices of every filter, in the words of the programme."""

    def some(column: Mapping[str, int], chosen: str, labels: Mapping[str, str]) -> list[Option]:
        values = [value for value in (*labels, *column) if column.get(value) or value == chosen]
        return [
            Option(value, labels.get(value, value), column.get(value, 0)) for value in dict.fromkeys(values) if value
        ]

    def categories() -> dict[str, str]:
        named = {c.code: programme.label(c.code, "en") for c in programme.categories}
        return {NONE: "None found"} | dict(sorted(named.items(), key=lambda item: item[1].casefold()))

    def languages() -> dict[str, str]:
        return {NONE: "Unknown"} | {
            tag: language_name(tag, programme) for tag in (*counts.language, filters.language) if tag != NONE
        }

    areas = [
        Option(code, programme.area_name(code), counts.area.get(code, 0), depth)
        for code, depth in _tree(programme)
        if counts.area.get(code) or code == filters.area
    ]
    if counts.area.get(NONE) or filters.area == NONE:
        areas.append(Option(NONE, "No place found", counts.area.get(NONE, 0)))
    statuses = [Option("waiting", "Waiting", counts.status["waiting"])]
    statuses += [Option(s, STATUS_WORDS[s], counts.status[s]) for s in STATUSES if counts.status.get(s)]
    everything = sum(number for status, number in counts.status.items() if status != "waiting")
    return {
        "status": [*statuses, Option("all", "All reports", everything)],
        "category": some(counts.category, filters.category, categories()),
        "area": areas,
        "language": some(counts.language, filters.language, languages()),
        "channel": some(counts.channel, filters.channel, {}),
    }


STATUS_WORDS: Mapping[str, str] = {
    "in_review": "In review",
    "disputed": "Not solved, says the reporter",
    "accepted": "Accepted",
    "forwarded": "With the office",
    "answered": "Answered",
    "resolved": "Solved",
    "rejected": "Set aside",
    "merged": "Merged",
    "referred": "Referred",
}


def _tree(programme: Programme) -> list[tuple[str, int]]:
    """Every area after its parent, with its depth."""
    children: dict[str | None, list[Any]] = {}
    for area in programme.areas:
        children.setdefault(area.parent, []).append(area)

    def below(parent: str | None, depth: int) -> list[tuple[str, int]]:
        found = []
        for area in sorted(children.get(parent, []), key=lambda entry: entry.name):
            found += [(area.code, depth), *below(area.code, depth + 1)]
        return found

    return below(None, 0)
