"""A file on its way out: it waits with its text, gets a new link with every try, and is nothing that came."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from aiohttp import ClientSession
from sqlalchemy import select, update

from channels.base import Outbound, SendFailed
from service import outbox
from service.media import acts, enclosing, kinds
from service.media.cleaning import Clean, clean
from service.media.enclosing import Enclosure, Offer
from service.models import Attachment, Message, Reporter
from service.moderation import Act
from service.programme.schema import ChannelEntry
from service.workflow import NotAllowed
from tests.service.conftest import CHANNEL, Town
from tests.service.making import make_user
from tests.service.media import files
from tests.service.media.conftest import Album
from tests.service.posting import ADDRESS, change_all, send, states

TEMPLATES = {"written": {"en": {"name": "note", "language": "en", "values": ["text"]}}}


@dataclass
class App:
    """An app with a window, that fails as often as it is told to."""

    failures: int = 0
    given: list[Outbound] = field(default_factory=list)
    idempotent: ClassVar[bool] = True
    window: ClassVar[timedelta | None] = timedelta(hours=24)

    async def send(self, http: ClientSession, outbound: Outbound) -> str:
        self.given.append(outbound)
        if len(self.given) <= self.failures:
            raise SendFailed("not now", retry=True)
        return outbound.key


async def _write(town: Town) -> int:
    """Write to the town's reporter, with a picture; the id of the file."""
    await town.text("No water in Gatwekera since Monday")
    entry = ChannelEntry.model_validate({"name": "web", "type": "webchat", "templates": TEMPLATES})
    programme = town.programme.model_copy(update={"channels": (entry,)})
    report = await town.report()
    async with town.database.writing() as session:
        person = await session.get_one(Reporter, report.reporter_id)
        message = await outbox.queue_written(
            session,
            town.secrets,
            programme,
            person,
            "Is it this tap?",
            now=town.now,
            report_id=report.id,
            reference=report.reference,
            dedupe="written:1",
            freely=True,
        )
        assert message is not None
        enclosing.store(session, town.secrets, message, Enclosure("a.jpg", clean(files.photo())), town.now)
        await session.flush()
        number = await session.scalar(select(Attachment.id).where(Attachment.position == enclosing.OURS))
    # What the town was told of its report is not what these tests are about.
    await change_all(town, state="sent")
    async with town.database.writing() as session:
        await session.execute(
            update(Message).where(Message.purpose == "written").values(state="queued", due_at=town.now)
        )
    assert number is not None
    return number


async def test_each_try_has_a_link_of_its_own(town: Town, http: ClientSession) -> None:
    await _write(town)
    app = App(failures=1)
    for _ in range(2):
        assert await send(town, app, http) == 1  # type: ignore[arg-type]
        town.now += timedelta(hours=1)
    first, second = [outbound.attachment for outbound in app.given]
    assert first is not None and second is not None
    assert first.url.startswith(f"{ADDRESS}/files/")
    assert first.url != second.url
    assert app.given[0].key == app.given[1].key
    for link, age, opens in ((first, 71, False), (second, 71, True), (second, 73, False)):
        async with town.database.reading() as session:
            at = town.now - timedelta(hours=1) + timedelta(hours=age)
            opening = enclosing.open_by_token(session, town.secrets, link.url.split("/")[-2], at)
            if opens:
                assert (await opening).content_type == "image/jpeg"
            else:
                with pytest.raises(enclosing.NotFound):
                    await opening


async def test_past_the_window_a_text_with_a_file_waits_though_a_wording_is_approved(
    town: Town, http: ClientSession
) -> None:
    await _write(town)
    town.now += timedelta(days=2)
    app = App()
    assert await send(town, app, http) == 0  # type: ignore[arg-type]
    assert (await states(town))[-1] == "held"
    async with town.database.writing() as session:
        await session.execute(update(Reporter).values(last_seen_at=town.now))
    assert await send(town, app, http) == 1  # type: ignore[arg-type]
    (outbound,) = app.given
    assert (outbound.template, outbound.attachment is not None) == (None, True)


async def test_a_file_erased_before_goes_out_no_more_and_is_described_by_nobody(
    town: Town, http: ClientSession
) -> None:
    number = await _write(town)
    report = await town.report()
    user = await make_user(town.database, "asha", {"village": "moderator"}, town.now)
    act = Act(town.programme, report.reference, user, "moderator", report.revision, town.now)
    async with town.database.writing() as session:
        with pytest.raises(NotAllowed, match="We sent this file"):
            await acts.describe(session, town.secrets, act, number, "a tap")
        with pytest.raises(NotAllowed, match="here already"):
            await acts.try_again(session, act, number)
        await acts.erase(session, act, number)
    app = App()
    await send(town, app, http)  # type: ignore[arg-type]
    assert [outbound.attachment for outbound in app.given] == [None]


async def test_what_we_sent_is_none_of_the_files_a_person_may_send_in_a_day(album: Album) -> None:
    await _write(album.town)
    limits: Any = type(album.limits)(2_000_000, 1)
    album.limits = limits
    async with album.town.database.writing() as session:
        message = (await session.scalars(select(Message).where(Message.direction == "in"))).first()
        assert message is not None
        session.add(
            Attachment(
                programme="village",
                channel=CHANNEL,
                message_id=message.id,
                position=1,
                content_type="",
                content=album.town.secrets.seal_bytes(files.photo()),
                state="waiting",
                attempts=0,
                due_at=album.town.now,
                created_at=album.town.now,
            )
        )
    await album.fetch()
    assert await album.states() == ["stored", "stored"]


@pytest.mark.parametrize(
    ("carries", "words"),
    [
        ({"image": 1, "audio": None, "document": None}, "a picture, a voice note or a PDF"),
        ({"image": None, "audio": None}, "a picture or a voice note"),
        ({"image": None}, "a picture"),
        ({"image": None, "audio/mp4": 1, "audio/aac": 1}, "a picture or a voice note (M4A, AAC)"),
        ({}, ""),
    ],
)
def test_what_may_go_is_said_in_words(carries: dict[str, int | None], words: str) -> None:
    assert Offer(carries).words == words


def test_a_channel_says_what_it_carries_instead() -> None:
    note = Enclosure("a.ogg", clean(files.voice_note()))
    with pytest.raises(NotAllowed, match=r"Their channel carries a picture; this is a voice note\."):
        enclosing.demand_carried(note, {"image": None})
    with pytest.raises(NotAllowed, match=r"carries a voice note \(M4A\); this is a voice note \(OGG\)"):
        enclosing.demand_carried(note, {"audio/mp4": None})


def test_a_file_larger_than_the_provider_takes_is_refused_before_it_goes() -> None:
    carries = {"image": None, "document": 1_000_000}
    enclosing.demand_carried(Enclosure("a.pdf", Clean(kinds.PDF, bytes(1_000_000))), carries)
    with pytest.raises(NotAllowed, match="carries a PDF of at most 1 MB; cleaned, this one has more"):
        enclosing.demand_carried(Enclosure("a.pdf", Clean(kinds.PDF, bytes(1_000_001))), carries)
