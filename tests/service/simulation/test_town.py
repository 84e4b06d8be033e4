"""Providers of the town call as the real ones do: again or not, many times at once, from broken connections."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from channels import build
from service.programme import Programme
from service.simulation import town as town_module
from service.simulation.callers import CALLERS
from service.simulation.notes import Notes
from service.simulation.phrases import Phrases, parts
from service.simulation.plan import Delivery, Person, Plan
from service.simulation.scenario import Scenario
from service.simulation.town import Door, Town

Serve = Callable[[web.Application], Awaitable[TestServer]]
SCENARIO = Scenario.model_validate(
    {
        "about": "x",
        "texts": 1,
        "rate": 1,
        "reporters": 40,
        "channels": {"twilio": 1, "whatsapp": 1, "telegram": 1},
        "conversation": {"answers": 1, "commands": 0.1, "follow_ups": 0.3, "fragments": 0.3},
        "delivery": {
            "duplicates": {"share": 0.3, "times": 10, "together": True},
            "reordering": {"share": 0.3},
            "clock_skew": {"share": 0.3},
            "torn_parts": 0.2,
            "torn_requests": 0.3,
            "base64": 0.5,
            "batches": 0.5,
        },
    }
)


@dataclass
class Product:
    """A door that answers as told, and believes only what a real channel believes."""

    answers: list[int]
    calls: list[str] = field(default_factory=list)


@asynccontextmanager
async def _living(
    programme: Programme, serve: Serve, answers: list[int], channel: str
) -> AsyncIterator[tuple[Town, Notes, Product]]:
    product, settings = Product(answers), CALLERS[channel].settings()

    async def door(request: web.Request) -> web.Response:
        await request.read()
        product.calls.append(channel)
        return web.Response(status=product.answers.pop(0) if product.answers else 200)

    app = web.Application()
    app.router.add_post("/door", door)
    address = str((await serve(app)).make_url("/door"))
    notes = Notes()
    async with ClientSession() as http:
        town = Town(Plan(SCENARIO, Phrases(programme)), http, notes, time.monotonic)
        town.doors[channel] = Door(address, "https://rehearsal.invalid/door", settings)
        yield town, notes, product


def _delivery(channel: str, **flaws: Any) -> Delivery:
    person = Person(1, channel, CALLERS[channel].person(1), "en")
    return Delivery(0.0, channel, ((person, "No water in Gatwekera"),), **flaws)


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(town_module, "FIRST_WAIT", 0.001)


@pytest.mark.parametrize(
    ("channel", "answers", "flaws", "attempts", "acknowledged"),
    [
        ("telegram", [], {}, 1, True),
        ("telegram", [503, 503, 500], {}, 4, True),
        ("twilio", [503], {}, 1, False),
        ("twilio", [], {"torn": True}, 2, True),
        ("twilio", [503], {"torn": True}, 2, False),
        ("telegram", [503], {"torn": True}, 3, True),
        ("telegram", [400], {}, 1, False),
        ("telegram", [], {"copies": 10, "together": True}, 10, True),
        ("telegram", [], {"copies": 3}, 3, True),
        ("telegram", [503], {"copies": 3}, 4, True),
        ("generic", [403], {"skew": 900.0}, 2, True),
    ],
)
async def test_deliveries(
    programme: Programme,
    aiohttp_server: Serve,
    channel: str,
    answers: list[int],
    flaws: dict[str, Any],
    attempts: int,
    acknowledged: bool,
) -> None:
    async with _living(programme, aiohttp_server, answers, channel) as (town, notes, _):
        await town.live([_delivery(channel, **flaws)], time.monotonic())
        await town.rest(5)
    (record,) = notes.records
    assert (record.attempts, record.acknowledged_at is not None) == (attempts, acknowledged)


async def test_a_provider_that_is_never_answered_is_ended(programme: Programme, aiohttp_server: Serve) -> None:
    async with _living(programme, aiohttp_server, [503] * 10_000, "telegram") as (town, notes, _):
        await town.live([_delivery("telegram")], time.monotonic())
        await town.rest(0.05)
        tried = notes.records[0].attempts
        await asyncio.sleep(0.02)
    assert notes.records[0].attempts == tried
    assert notes.records[0].acknowledged_at is None


async def test_people_answer_the_question_for_the_place(programme: Programme, aiohttp_server: Serve) -> None:
    async with _living(programme, aiohttp_server, [], "telegram") as (town, notes, _):
        await town.live([_delivery("telegram")], time.monotonic())
        await town.rest(5)
        to = notes.records[0].text.sender
        for words in (
            "Thank you. Your report is K7-4QF.",
            programme.messages["en"].texts["ask_where"].format(reference="K7-4QF"),
        ):
            town.hear("telegram", to, words)
        await town.rest(5)
    assert len(notes.records) == 2
    said = notes.records[1].text.words
    assert said.isdecimal() or any(said in (place.name, *place.other_names) for place in programme.places)


def test_the_plan_is_the_same_for_the_same_seed_and_holds_every_flaw(programme: Programme) -> None:
    first, again = (list(Plan(SCENARIO, Phrases(programme)).deliveries(10, 400)) for _ in range(2))
    other = list(Plan(SCENARIO.model_copy(update={"seed": 2}), Phrases(programme)).deliveries(10, 400))
    assert first == again != other
    assert [delivery.at for delivery in first] == sorted(delivery.at for delivery in first)
    assert 400 <= sum(len(delivery.texts) for delivery in first) < 430
    for flawed in ("late", "torn", "skew", "base64"):
        assert any(getattr(delivery, flawed) for delivery in first), flawed
    assert max(delivery.copies for delivery in first) == 10
    assert any(len(delivery.texts) > 1 for delivery in first)
    words = [text for delivery in first for _, text in delivery.texts]
    assert any(text.startswith("(1/3) ") for text in words)
    commands = {w for m in programme.messages.values() for name in ("stop", "status") for w in m.commands[name]}
    assert commands & set(words)


def test_batches_and_encoding_are_only_where_a_provider_does_them(programme: Programme) -> None:
    for delivery in Plan(SCENARIO, Phrases(programme)).deliveries(10, 400):
        caller = CALLERS[delivery.channel]
        assert len(delivery.texts) <= caller.most
        assert not delivery.base64 or caller.base64
        assert {person.channel for person, _ in delivery.texts} == {delivery.channel}


def test_an_encoded_text_is_what_the_real_channel_decodes(programme: Programme) -> None:
    encoded = next(d for d in Plan(SCENARIO, Phrases(programme)).deliveries(10, 400) if d.base64)
    words = town_module._encoded(town_module.Text(1, "+999", encoded.texts[0][1], None)).words  # type: ignore[arg-type]
    from channels.base64text import decode_if_encoded

    assert decode_if_encoded(words) == encoded.texts[0][1] != words
    assert build("twilio", CALLERS["twilio"].settings()).max_length >= len(encoded.texts[0][1])


def test_parts_hold_every_word() -> None:
    assert parts("a b c d e f g", 3) == ["(1/3) a b c", "(2/3) d e f", "(3/3) g"]
