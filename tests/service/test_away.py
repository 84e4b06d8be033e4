"""The database goes away and comes back: nothing that was acknowledged is lost, doubled or out of order."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from channels.base import Delivery, Inbound
from service import draining
from service.arrivals import Arrival, pack, unpack
from service.db import Database, open_database
from service.intake import Intake, NotStored
from service.models import Message, Reporter
from service.secrets import Secrets
from service.spool import ASIDE, Spool, SpoolFile
from service.spool import read as read_spool
from service.spoolfile import Piece
from tests.service.away import Switch, switch
from tests.service.conftest import CHANNEL
from tests.service.folk import person

ROOM = 10_000_000


@dataclass
class Place:
    """An intake with a spool over a database that can be taken away."""

    switch: Switch
    database: Database
    intake: Intake
    spool: Spool
    now: datetime
    texts: int = 0

    async def text(self, sender: str = "amina") -> str:
        """One text, acknowledged; its id."""
        self.texts += 1
        id = f"{sender}-{self.texts}"
        when = self.now + timedelta(seconds=self.texts)
        await self.intake.store("village", CHANNEL, [Inbound(sender, f"text {self.texts}", id)], when)
        return id

    async def stored(self) -> list[str]:
        """Ids of the texts in the database, in the order in which they were stored."""
        async with self.database.reading() as session:
            query = select(Message.external_id).where(Message.direction == "in").order_by(Message.id)
            return [str(id) for id in await session.scalars(query)]


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():  # noqa: ASYNC110, there is no event for what a test looks at
            await asyncio.sleep(0.01)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.rowstore.BUSY_MS", 50)
    monkeypatch.setattr("service.db.BUSY_TIMEOUT_MS", 300)
    monkeypatch.setattr("service.intake.PATIENCE", 0.4)
    monkeypatch.setattr("service.draining.PAUSES", (0.02,))


@asynccontextmanager
async def open_place(
    switched: Switch, secrets: Secrets, now: datetime, folder: Path, room: int = ROOM, texts: int = 0
) -> AsyncIterator[Place]:
    database = open_database(switched.url)
    spool = Spool(folder, room)
    intake = Intake(database, secrets, 1000, asyncio.Event(), spool)
    intake.start()
    yield Place(switched, database, intake, spool, now, texts)
    await intake.stop()
    spool.close()
    await database.close()


@pytest.fixture
async def place(database_url: str, secrets: Secrets, now: datetime, tmp_path: Path) -> AsyncIterator[Place]:
    async with switch(database_url) as switched, open_place(switched, secrets, now, tmp_path / "spool") as opened:
        yield opened


async def test_texts_wait_in_the_spool_and_are_stored_in_order(place: Place) -> None:
    ids = [await place.text()]
    await place.switch.away()
    ids += [await place.text() for _ in range(20)]
    assert place.spool.waiting == 20
    await place.switch.back()
    await until(lambda: place.spool.waiting == 0)
    ids.append(await place.text())
    assert await place.stored() == ids
    assert list((place.spool.folder / ASIDE).iterdir()) == []


async def test_files_are_not_read_in_vain(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[object] = []

    def read(file: SpoolFile) -> list[Piece]:
        reads.append(file)
        return read_spool(file)

    monkeypatch.setattr(draining, "read", read)
    await place.switch.away()
    await place.text()
    await asyncio.sleep(5 * draining.PAUSES[-1])
    assert reads == []
    await place.switch.back()
    await until(lambda: not place.intake.spooling)
    assert len(reads) == 1


async def test_everything_of_a_text_comes_through_the_spool(place: Place, secrets: Secrets) -> None:
    await place.switch.away()
    item = Inbound("+254700000001", "pani \ud800 नहीं", "m1", place.now, (-1.3, 36.7), replies_to="out-1")
    await place.intake.store("village", CHANNEL, [item], place.now)
    for path in place.spool.folder.rglob("*.records"):
        content = path.read_bytes()
        assert not any(word in content for word in (b"254700000001", b"village", b"m1", "नहीं".encode()))
    await place.switch.back()
    await until(lambda: place.spool.waiting == 0)
    async with place.database.reading() as session:
        message = await session.scalar(select(Message))
        assert message is not None
    assert secrets.unseal(message.body) == item.text
    assert secrets.unseal(message.pin) == "-1.300000,36.700000"
    assert json.loads(secrets.unseal(message.extra))["replies_to"] == "out-1"
    assert (message.sent_at, message.created_at, message.due_at) == (place.now, place.now, place.now)
    assert (message.state, message.programme, message.channel) == ("received", "village", CHANNEL)


async def test_order_is_kept_while_new_texts_arrive(place: Place) -> None:
    await place.switch.away()
    ids = {sender: [await place.text(sender) for _ in range(30)] for sender in ("amina", "baraka")}
    await place.switch.back()

    async def go_on(sender: str) -> None:
        while place.spool.waiting:
            ids[sender].append(await place.text(sender))
        ids[sender] += [await place.text(sender) for _ in range(5)]

    await asyncio.gather(*map(go_on, ids))
    await until(lambda: place.spool.waiting == 0)
    stored = await place.stored()
    assert {sender: [id for id in stored if id.startswith(sender)] for sender in ids} == ids


async def test_a_database_that_hangs_delays_one_group_and_no_later_text(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    await place.text()
    groups: list[Sequence[Arrival]] = []
    write = place.intake.write

    async def watched(arrivals: Sequence[Arrival]) -> None:
        groups.append(arrivals)
        await write(arrivals)

    monkeypatch.setattr(place.intake, "write", watched)
    await place.switch.hang()
    await asyncio.gather(*(place.text() for _ in range(10)))
    for _ in range(10):
        await place.text()
    assert len(groups) == 1
    await place.switch.back()
    await until(lambda: place.spool.waiting == 0)
    assert len(await place.stored()) == 21


async def test_the_next_start_drains_what_the_last_one_left(
    database_url: str, secrets: Secrets, now: datetime, tmp_path: Path
) -> None:
    async with switch(database_url) as switched:
        async with open_place(switched, secrets, now, tmp_path / "spool") as place:
            await switched.away()
            ids = [await place.text() for _ in range(5)]
        async with open_place(switched, secrets, now, tmp_path / "spool", texts=5) as place:
            assert place.spool.waiting == 5
            ids += [await place.text() for _ in range(3)]
        await switched.back()
        async with open_place(switched, secrets, now, tmp_path / "spool", texts=8) as place:
            ids.append(await place.text())
            await until(lambda: place.spool.waiting == 0)
            assert await place.stored() == ids


def gather_records(folder: Path) -> Path:
    """All that waits, in one file."""
    first, *rest = sorted(folder.rglob("*.records"))
    first.write_bytes(b"".join(path.read_bytes() for path in (first, *rest)))
    for path in rest:
        path.unlink()
    return first


async def test_drained_twice_is_stored_once(database_url: str, secrets: Secrets, now: datetime, tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    async with switch(database_url) as switched:
        async with open_place(switched, secrets, now, folder) as place:
            await switched.away()
            ids = [await place.text() for _ in range(5)]
        kept = gather_records(folder).read_bytes()
        await switched.back()
        async with open_place(switched, secrets, now, folder) as place:
            await until(lambda: place.spool.waiting == 0)
        # As if we had been killed after the commit and before the file was deleted.
        (folder / "dead").mkdir()
        (folder / "dead" / "000001.records").write_bytes(kept)
        async with open_place(switched, secrets, now, folder) as place:
            await until(lambda: place.spool.size == 0)
            assert await place.stored() == ids
    assert [path.name for path in folder.iterdir()] == [ASIDE]


async def test_a_damaged_piece_is_set_aside_and_the_rest_is_stored(
    database_url: str, secrets: Secrets, now: datetime, tmp_path: Path
) -> None:
    async with switch(database_url) as switched:
        async with open_place(switched, secrets, now, tmp_path / "spool") as place:
            await switched.away()
            ids = [await place.text() for _ in range(5)]
        path = gather_records(tmp_path / "spool")
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data[:-3])
        await switched.back()
        async with open_place(switched, secrets, now, tmp_path / "spool") as place:
            await until(lambda: place.spool.waiting == 0)
            assert await place.stored() == [ids[0], ids[1], ids[3]]
            aside = sorted(path.suffix for path in (tmp_path / "spool" / ASIDE).iterdir())
            assert (aside, place.spool.set_aside) == ([".damaged", ".torn"], 1)


async def test_a_row_the_database_refuses_is_no_database_that_is_away(place: Place) -> None:
    bad = place.intake.store("village", CHANNEL, [Inbound("amina", "x", object())], place.now)  # type: ignore[arg-type]
    with pytest.raises(NotStored):
        await bad
    assert place.spool.size == 0
    assert await place.text() in await place.stored()


async def test_a_spooled_row_the_database_refuses_is_set_aside(place: Place, secrets: Secrets) -> None:
    await place.switch.away()
    ids = [await place.text()]
    row = dict.fromkeys(("external_id", "pseudonym", "address", "body", "pin", "extra", "sent_at", "created_at"))
    await place.intake.take(Arrival([row | {"programme": None, "channel": CHANNEL}]))
    ids.append(await place.text())
    await place.switch.back()
    await until(lambda: place.spool.waiting == 0)
    assert await place.stored() == ids
    (kept,) = (place.spool.folder / ASIDE).iterdir()
    assert kept.suffix == ".refused"


async def test_what_is_sealed_with_another_key_is_set_aside(place: Place) -> None:
    await place.switch.away()
    ids = [await place.text()]
    place.spool.append([pack(Secrets(b"another key, of thirty-two bytes or more"), Arrival())])
    await place.switch.back()
    await until(lambda: place.spool.waiting == 0)
    assert await place.stored() == ids
    assert [path.suffix for path in (place.spool.folder / ASIDE).iterdir()] == [".foreign"]


async def test_tables_that_are_gone_for_a_while_are_a_database_that_is_away(place: Place) -> None:
    async with place.database.writing() as session:
        await session.execute(text("ALTER TABLE messages RENAME TO elsewhere"))
    ids = [await place.text(), await place.text()]
    assert place.spool.waiting == 2
    async with place.database.writing() as session:
        await session.execute(text("ALTER TABLE elsewhere RENAME TO messages"))
    await until(lambda: place.spool.waiting == 0)
    assert await place.stored() == ids


async def test_a_full_spool_acknowledges_nothing(
    database_url: str, secrets: Secrets, now: datetime, tmp_path: Path
) -> None:
    async with (
        switch(database_url) as switched,
        open_place(switched, secrets, now, tmp_path / "spool", room=1500) as place,
    ):
        await switched.away()
        ids = [await place.text()]
        with pytest.raises(NotStored):
            for _ in range(5):
                ids.append(await place.text())
        await switched.back()
        await until(lambda: place.spool.waiting == 0)
        assert await place.stored() == ids


async def test_news_of_deliveries_survives_too(place: Place, secrets: Secrets) -> None:
    async with place.database.writing() as session:
        someone = await person(session, place.now, channel=CHANNEL)
        out = {"programme": "village", "channel": CHANNEL, "direction": "out", "created_at": place.now}
        session.add_all(
            Message(external_id=f"out-{number}", state="sent", reporter_id=someone.id, **out) for number in range(2)
        )
    await place.switch.away()
    await place.intake.store("village", CHANNEL, [Delivery("out-0", "delivered")], place.now)
    await place.intake.store("village", CHANNEL, [Delivery("out-1", "failed", None, "21610", True)], place.now)
    await place.switch.back()
    await until(lambda: place.spool.waiting == 0)
    async with place.database.reading() as session:
        states = list(await session.scalars(select(Message.state).order_by(Message.external_id)))
        assert await session.scalar(select(Reporter.stopped_at)) is not None
    assert states == ["delivered", "dead"]


async def test_without_a_spool_nothing_is_acknowledged(database_url: str, secrets: Secrets, now: datetime) -> None:
    async with switch(database_url) as switched:
        database = open_database(switched.url)
        intake = Intake(database, secrets, 10, asyncio.Event())
        intake.start()
        await switched.away()
        with pytest.raises(NotStored):
            await intake.store("village", CHANNEL, [Inbound("amina", "one", "m1")], now)
        await switched.back()
        await intake.store("village", CHANNEL, [Inbound("amina", "one", "m1")], now)
        await intake.stop()
        await database.close()


def test_an_arrival_comes_back_as_it_was(secrets: Secrets, now: datetime) -> None:
    arrival = Arrival(
        [{"body": b"\0\xff", "external_id": "a", "pin": None, "created_at": now}],
        [("village/sms", Delivery("out-1", "failed", now, "code 1", True), now)],
        [{"request": b"", "digest": "d"}],
    )
    assert unpack(secrets, pack(secrets, arrival)) == arrival
