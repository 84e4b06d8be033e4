"""The town: its providers call our door as they would, call again as they would, and its people answer what we ask."""

from __future__ import annotations

import asyncio
import base64
import itertools
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from aiohttp import ClientError, ClientSession

from service.simulation.callers import CALLERS
from service.simulation.callers.base import Arrived, Call, Caller, Text
from service.simulation.notes import Notes, Record, received
from service.simulation.phones import Phone, Post
from service.simulation.plan import Delivery, Person, Plan

AT_ONCE = 64
"""Deliveries that wait for an answer at the same moment."""
PATIENCE = 15.0
"""Seconds a provider waits for our answer."""
FIRST_WAIT, LONGEST_WAIT = 0.5, 5.0
"""Seconds before a provider calls again, doubled each time. Real ones take minutes; nothing depends on it."""
UNREADABLE = frozenset({400, 404, 413})
"""Answers after which calling again brings nothing."""


@dataclass(frozen=True)
class Door:
    """Where a channel is called: the address on this machine, the one that is signed, and the settings that sign."""

    url: str
    signed: str
    settings: Mapping[str, str]


class Town:
    """Delivers texts and notes what became of each delivery."""

    def __init__(self, plan: Plan, http: ClientSession, notes: Notes, now: Callable[[], float]) -> None:
        self._plan = plan
        self.doors: dict[str, Door] = {}
        """By channel type."""
        self._http = http
        self._notes = notes
        self._now = now
        self._numbers = itertools.count(1)
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._people: dict[tuple[str, str], Person] = {}
        self._turns: dict[int, int] = {}
        self._busy: set[asyncio.Task[None]] = set()
        self._phones: dict[str, Phone] = {}
        self._asking: list[asyncio.Task[None]] = []
        self.silent = False
        """True once nobody says anything new."""

    def turn_on(self) -> None:
        """Let the phones ask for their texts, until `turn_off`."""
        for type, door in self.doors.items():
            caller = CALLERS[type]
            if caller.ask is not None:
                self._phones[type] = Phone(caller, door.settings, door.signed, self._poster(door), self._sender(type))
                self._asking.append(asyncio.create_task(self._phones[type].live()))

    async def turn_off(self) -> None:
        for task in self._asking:
            task.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)

    def _poster(self, door: Door) -> Post:
        async def post(call: Call) -> bytes | None:
            try:
                async with self._http.request(
                    call.method, door.url + call.query, data=call.body, headers=call.headers
                ) as response:
                    body = await response.read()
                    return body if response.status < 300 else None
            except (TimeoutError, ClientError, OSError):
                return None

        return post

    def _sender(self, type: str) -> Callable[[Arrived], None]:
        def send(text: Arrived) -> None:
            self._notes.arrived[received(type, text.to, text.words)].append(self._now())
            self.hear(type, text.to, text.words)

        return send

    async def live(self, deliveries: Iterable[Delivery], begun: float) -> None:
        """Make every delivery at its moment, counted from `begun`. Returns when the last has begun."""
        for delivery in deliveries:
            await asyncio.sleep(max(0.0, begun + delivery.at - self._now()))
            self._begin(delivery)

    async def rest(self, seconds: float) -> None:
        """Wait until every delivery is acknowledged or given up, or `seconds` are over; then end those that are left."""
        if self._busy:
            await asyncio.wait(set(self._busy), timeout=seconds)
        for task in set(self._busy):
            task.cancel()
        await asyncio.gather(*self._busy, return_exceptions=True)

    def hear(self, channel: str, to: str, words: str) -> None:
        """A text of ours reached somebody. When it asks for the place, they may answer."""
        person = self._people.get((channel, received(channel, to, "")[1]))
        if person is None or self.silent or not self._plan.asks_place(words):
            return
        turn = self._turns[person.number] = self._turns.get(person.number, 0) + 1
        answer = self._plan.answer(person, turn)
        if answer is not None:
            self._begin(answer)

    def _begin(self, delivery: Delivery) -> None:
        task = asyncio.create_task(self._deliver(delivery))
        self._busy.add(task)
        task.add_done_callback(self._busy.discard)

    async def _deliver(self, delivery: Delivery) -> None:
        # What is late waits here, while what was sent after it goes before it.
        await asyncio.sleep(delivery.late)
        caller = CALLERS[delivery.channel]
        records = [self._record(caller, person, words, delivery) for person, words in delivery.texts]
        if delivery.torn:
            await self._tear(caller, records, delivery)
        again = delivery.torn and caller.redelivers == "connection"
        skew, wait = delivery.skew, FIRST_WAIT
        while True:
            copies = delivery.copies if delivery.together else 1
            answers = await asyncio.gather(*(self._attempt(caller, records, delivery, skew) for _ in range(copies)))
            if any(_is_ok(answer) for answer in answers):
                break
            broken = all(answer == "broken" for answer in answers)
            if _gives_up(caller, answers, broken=broken, again=again):
                return
            again |= broken
            skew = 0.0 if "403" in answers else skew
            await asyncio.sleep(wait)
            wait = min(LONGEST_WAIT, wait * 2)
        if not delivery.together:
            for _ in range(delivery.copies - 1):
                await self._attempt(caller, records, delivery, skew)

    def _record(self, caller: Caller, person: Person, words: str, delivery: Delivery) -> Record:
        said = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=delivery.skew)
        text = Text(next(self._numbers), person.address, words, said)
        record = Record(caller.type, text, caller.external_id(self.doors[caller.type].settings, text))
        self._notes.records.append(record)
        self._people[caller.type, received(caller.type, person.address, "")[1]] = person
        return record

    def _call(self, caller: Caller, records: list[Record], delivery: Delivery, skew: float) -> tuple[str, Call]:
        door = self.doors[caller.type]
        texts = [_encoded(record.text) if delivery.base64 else record.text for record in records]
        # The provider signs the address it calls, with the query that a secret may be in.
        now = datetime.now(UTC) + timedelta(seconds=skew)
        call = caller.call(door.settings, texts, door.signed, now)
        return door.url + call.query, call

    async def _attempt(self, caller: Caller, records: list[Record], delivery: Delivery, skew: float) -> str:
        """One request; its status, `broken` or `no answer`."""
        async with self._gate:
            url, call = self._call(caller, records, delivery, skew)
            for record in records:
                record.attempts += 1
            begun = self._now()
            try:
                async with self._http.post(url, data=call.body, headers=call.headers) as response:
                    body = await response.read()
                    answer = str(response.status)
            except TimeoutError:
                answer = "no answer"
            except (ClientError, OSError):
                answer = "broken"
            self._notes.statuses[answer] += 1
            if _is_ok(answer):
                if caller.type in self._phones:
                    self._phones[caller.type].take(body)
                self._notes.latencies.append(self._now() - begun)
                for record in records:
                    if record.acknowledged_at is None:
                        record.acknowledged_at = self._now()
            return answer

    async def _tear(self, caller: Caller, records: list[Record], delivery: Delivery) -> None:
        """A request whose connection breaks in the middle of its body."""
        url, call = self._call(caller, records, delivery, 0.0)
        for record in records:
            record.attempts += 1
        parts = urlsplit(url)
        fields = {**call.headers, "Host": parts.netloc, "Content-Length": str(len(call.body))}
        head = f"POST {url.partition(parts.netloc)[2]} HTTP/1.1\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in fields.items()
        )
        with suppress(OSError):
            _, writer = await asyncio.open_connection(parts.hostname, parts.port)
            writer.write(head.encode() + b"\r\n" + call.body[: len(call.body) // 2])
            await writer.drain()
            writer.transport.abort()
        self._notes.statuses["torn"] += 1


def _gives_up(caller: Caller, answers: list[str], *, broken: bool, again: bool) -> bool:
    """Will the provider not call again: it never does, or it was told that nobody can read the text?"""
    if any(answer.isdigit() and int(answer) in UNREADABLE for answer in answers):
        return True
    if caller.redelivers == "always":
        return False
    return caller.redelivers == "never" or again or not broken


def _is_ok(answer: str) -> bool:
    return answer.startswith("2")


def _encoded(text: Text) -> Text:
    return replace(text, words=base64.b64encode(text.words.encode()).decode())
