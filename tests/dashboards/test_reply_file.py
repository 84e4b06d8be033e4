"""A moderator sends a picture with a reply: cleaned, sealed, taken by the provider through a link that ends, and shown."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from aiohttp import ClientSession, FormData, web
from PIL import Image
from sqlalchemy import select, update
from sqlalchemy.orm import undefer

from channels.base import Outbound
from channels.segments import count
from channels.webchat import WebChat, token_of
from dashboards.pages import media
from service import health, replies, reporters, sending
from service.db import Database
from service.keys import CHANNELS, PROGRAMMES, SETTINGS
from service.media import enclosing, showing, taking
from service.media.documents import rebuild
from service.media.enclosing import Enclosed
from service.models import Attachment, Audit, Message, Report, Reporter
from service.secrets import Secrets
from tests.dashboards.conftest import Start
from tests.dashboards.desk import DESK, HTML, ON_SQLITE, Client, log_in, member, page, send, token
from tests.service.making import make_report, make_sensitive
from tests.service.media import files, pdfs

WORDS = "This is the tap we mean. Is it the one?"
PUBLIC = "https://reports.test"
SENDER = "q3vX0bC9dE1fG2hJ4kL5mA"


class Carrier(WebChat):
    """A channel that keeps what it was given to send."""

    given: list[Outbound] = []

    async def send(self, http: ClientSession, outbound: Outbound) -> str:
        self.given.append(outbound)
        return outbound.key


async def _opened(
    database: Database,
    secrets: Secrets,
    start: Start,
    app: web.Application,
    channel: str = "village/sms",
    public_url: str = PUBLIC,
) -> tuple[Client, Report]:
    """A moderator's browser, and a report whose reporter can be texted on a channel."""
    report = await make_report(database, datetime.now(UTC))
    await _reach(database, secrets, report, channel)
    await member(database, "asha", "moderator")
    client = await start(app)
    assert (await log_in(client, "asha")).status == 303
    # Only now: a test's browser speaks HTTP, and would not send the cookies of a page on HTTPS.
    vars(app[SETTINGS])["public_url"] = public_url
    return client, report


async def _reach(database: Database, secrets: Secrets, report: Report, channel: str, **values: Any) -> None:
    async with database.writing() as session:
        known = {"channel": channel, "pseudonym": secrets.pseudonym(channel, SENDER), "address": secrets.seal(SENDER)}
        await session.execute(update(Reporter).where(Reporter.id == report.reporter_id).values(known | values))


async def _post(
    client: Client, report: Report, file: bytes | None = None, name: str = "Wanjiku.jpg", **fields: str
) -> tuple[int, str]:
    where = f"{DESK}/reports/{report.reference}/reply"
    blank = await page(client, where)
    key = re.search(r'name="key" value="([^"]+)"', blank)
    assert key is not None
    seen = str(count(replies.clean(WORDS)).segments)
    form = FormData({"csrf": await token(client, where), "text": WORDS, "seen": seen, "key": unescape(key[1])} | fields)
    form.add_field(
        "file", io.BytesIO(file or b""), filename=name if file else "", content_type="application/octet-stream"
    )
    answer = await client.post(where, data=form, headers=HTML, allow_redirects=False)
    return answer.status, await answer.text()


async def _stored(database: Database) -> list[Attachment]:
    async with database.reading() as session:
        options = (undefer(Attachment.content), undefer(Attachment.preview))
        return list(await session.scalars(select(Attachment).order_by(Attachment.id).options(*options)))


async def test_a_picture_goes_out_by_a_link_and_stands_in_the_conversation(
    database: Database, secrets: Secrets, start: Start, make_app: Any
) -> None:
    client, report = await _opened(database, secrets, start, make_app())
    blank = await page(client, f"{DESK}/reports/{report.reference}/reply")
    assert "A picture, a voice note or a PDF, at most 16 MB" in blank
    assert "it goes as MMS, which costs more" in blank
    assert (await _post(client, report, files.photo(), do="send"))[0] == 303
    (item,) = await _stored(database)
    assert (item.state, item.position, item.content_type) == ("stored", 0, "image/jpeg")
    content = secrets.unseal_bytes(item.content or b"")
    assert dict(Image.open(io.BytesIO(content)).getexif()) == {}
    assert files.MAKER not in content
    Carrier.given.clear()
    channels = {"village/sms": Carrier(secret="a secret of at least 128 random bits, for tests")}
    async with ClientSession() as http:
        noon = datetime.now(UTC) + timedelta(days=1)
        assert await sending.send_due(database, secrets, channels, http, noon, {}, PUBLIC) == 1
    (outbound,) = Carrier.given
    assert outbound.attachment is not None
    assert (outbound.text, outbound.attachment.name) == (WORDS, "picture.jpg")
    assert re.fullmatch(rf"{PUBLIC}/files/[\w=-]+\.[\w=-]+/picture\.jpg", outbound.attachment.url)
    assert "Wanjiku" not in str(outbound.attachment)
    stranger = await start(make_app())
    path = outbound.attachment.url.removeprefix(PUBLIC)
    taken = await stranger.get(path)
    assert (taken.status, taken.content_type, await taken.read()) == (200, "image/jpeg", content)
    shown = await page(client, f"{DESK}/reports/{report.reference}")
    assert f'With a picture. <a href="{DESK}/media/{item.id}">Open the picture we sent</a>' in shown
    assert "wrote to the reporter, with a picture" in shown
    assert "that came with it" not in shown
    assert (await client.get(f"{DESK}/media/{item.id}")).status == 200
    async with database.reading() as session:
        told = (await session.scalars(select(Audit).where(Audit.act == "reply"))).one()
        assert told.detail["file"] == "picture"
        assert await showing.of_report(session, secrets, report) == ()
        assert await taking.unseen(session, report.id) == ""
        assert (await health.backlog(session, datetime.now(UTC))).attachments == ()


@ON_SQLITE
async def test_the_link_is_served_safely_and_opens_nothing_else(
    database: Database, secrets: Secrets, start: Start, make_app: Any
) -> None:
    client, report = await _opened(database, secrets, start, make_app())
    assert (await _post(client, report, pdfs.plain(), "plan.pdf", do="send"))[0] == 303
    (item,) = await _stored(database)
    now = datetime.now(UTC)
    sendable = enclosing.link(secrets, "", Enclosed(item.id, item.content_type), now)
    assert sendable is not None
    path = sendable.url
    token_ = path.split("/")[2]
    stranger = await start(make_app())
    for where in (path, f"/files/{token_}"):
        answer = await stranger.get(where)
        assert answer.status == 200
        assert await answer.read() == rebuild(pdfs.plain())
        assert answer.headers["Content-Disposition"] == 'inline; filename="document.pdf"'
        for name, value in media.HEADERS.items():
            assert answer.headers[name] == value
    head = await stranger.head(path)
    assert (head.status, await head.read()) == (200, b"")
    part = await stranger.get(path, headers={"Range": "bytes=0-3"})
    assert (part.status, await part.read()) == (206, b"%PDF")
    incoming = secrets.sign("file", f"{item.id + 999}:{int((now + timedelta(days=1)).timestamp())}")
    old = enclosing.link(secrets, "", Enclosed(item.id, item.content_type), now - enclosing.LIFE)
    other = secrets.sign("digest", f"{item.id}:{int((now + timedelta(days=1)).timestamp())}")
    assert old is not None
    refused = [f"/files/{each}" for each in (incoming, other, token_[:-1], f"x{token_}", "1", "é.é")] + [old.url]
    answers = {(a.status, await a.text()) for a in [await stranger.get(where) for where in refused]}
    assert len(answers) == 1
    assert next(iter(answers))[0] == 404
    await send(
        client,
        f"{DESK}/reports/{report.reference}",
        f"{DESK}/reports/{report.reference}/media/{item.id}/erase",
        revision=str(report.revision),
    )
    gone = await stranger.get(path)
    assert (gone.status, await gone.text()) in answers
    assert "With a document, erased." in await page(client, f"{DESK}/reports/{report.reference}")
    exposition = await (await stranger.get("/metrics")).text()
    assert token_ not in exposition
    assert "/files/{token}" in exposition


async def test_a_file_that_came_is_not_opened_by_a_link_and_forget_erases_ours(
    database: Database, secrets: Secrets, start: Start, make_app: Any
) -> None:
    client, report = await _opened(database, secrets, start, make_app())
    assert (await _post(client, report, files.voice_note(), "a.ogg", do="send"))[0] == 303
    (item,) = await _stored(database)
    now = datetime.now(UTC)
    token_ = secrets.sign("file", f"{item.id}:{int((now + timedelta(days=1)).timestamp())}")
    async with database.writing() as session:
        assert (await enclosing.open_by_token(session, secrets, token_, now)).name == "voice-note.ogg"
        await session.execute(update(Attachment).values(position=1))
        with pytest.raises(enclosing.NotFound):
            await enclosing.open_by_token(session, secrets, token_, now)
        await session.execute(update(Attachment).values(position=0))
        person = await session.get_one(Reporter, report.reporter_id)
        message = (await session.scalars(select(Message))).first()
        assert message is not None
        await reporters.forget(session, person, message, now)
    (item,) = await _stored(database)
    assert (item.state, item.content, item.preview) == ("erased", None, None)


@ON_SQLITE
async def test_a_preview_keeps_the_file_and_says_what_it_is(
    database: Database, secrets: Secrets, start: Start, make_app: Any
) -> None:
    client, report = await _opened(database, secrets, start, make_app())
    key = "k" * 24
    status, shown = await _post(client, report, files.photo((3000, 2000)), do="preview", key=key)
    assert (status, await _stored(database)) == (200, [])
    assert "<bdi>Wanjiku.jpg</bdi>" in shown
    assert "data:image/jpeg;base64," in shown
    found = re.search(r'name="kept" value="([^"]+)"', shown)
    assert found is not None
    kept = unescape(found[1])
    for bad, form in ((kept[:-8] + "AAAAAAA=", key), (kept, "o" * 24)):
        status, said = await _post(client, report, do="send", key=form, kept=bad)
        assert (status, "Choose it again" in said) == (409, True)
    status, said = await _post(client, report, b"MZ a program", do="send", key=key, kept=kept)
    assert (status, "It is a program." in said, "<bdi>Wanjiku.jpg</bdi>" in said) == (409, True, True)
    assert (await _post(client, report, do="send", key=key, kept=kept))[0] == 303
    assert (await _post(client, report, do="send", key=key, kept=kept))[0] == 303
    assert len(await _stored(database)) == 1, "sent twice, it goes out once"
    assert (await _post(client, report, do="send", kept=kept, without="yes"))[0] == 303
    assert len(await _stored(database)) == 1


@ON_SQLITE
async def test_a_reply_with_a_file_takes_no_approved_wording(
    database: Database, secrets: Secrets, start: Start, make_app: Any
) -> None:
    app = make_app()
    client, report = await _opened(database, secrets, start, app)
    village = app[PROGRAMMES]["village"]
    wordings = {"written": {"en": {"name": "note", "language": "en", "values": ["text"]}}}
    sms = village.channels[1].model_validate(village.channels[1].model_dump() | {"templates": wordings})
    app[PROGRAMMES]["village"] = village.model_copy(update={"channels": (village.channels[0], sms)})
    await _post(client, report, do="send")
    await _post(client, report, files.photo(), do="send")
    async with database.reading() as session:
        extras = list(await session.scalars(select(Message.extra).order_by(Message.id)))
    assert [extra is None for extra in extras] == [False, True]


@ON_SQLITE
async def test_what_cannot_go_is_said_and_the_words_stay(
    database: Database, secrets: Secrets, start: Start, make_app: Any
) -> None:
    client, report = await _opened(database, secrets, start, make_app(media_megabytes=1))
    for content, why in (
        (b"MZ a program", "It is a program."),
        (files.film(), "A video of this kind"),
        (files.wav(), "does not play on every phone"),
        (pdfs.plain(b"x" * 1_100_000), "more than 1 MB"),
    ):
        status, said = await _post(client, report, content, do="send")
        assert (status, why in said, WORDS in said) == (409, True, True), why
    assert await _stored(database) == []
    huge = await _post(client, report, pdfs.plain(b"x" * 4_000_000), do="send")
    assert huge[0] == 413


@ON_SQLITE
@pytest.mark.parametrize(
    ("channel", "public_url", "most", "words", "field"),
    [
        ("village/sms", "", 16, "have PUBLIC_URL set to an https:// address", False),
        ("village/web", "", 16, "A picture, a voice note or a PDF", True),
        ("village/sms", PUBLIC, 0, "", False),
    ],
)
async def test_a_field_is_there_where_the_channel_carries_files(
    database: Database,
    secrets: Secrets,
    start: Start,
    make_app: Any,
    channel: str,
    public_url: str,
    most: int,
    words: str,
    field: bool,
) -> None:
    client, report = await _opened(database, secrets, start, make_app(media_megabytes=most), channel, public_url)
    blank = await page(client, f"{DESK}/reports/{report.reference}/reply")
    assert words in blank
    assert ('type="file"' in blank) is field
    if not field:
        assert (await _post(client, report, files.photo(), do="send"))[0] == 409
        assert await _stored(database) == []


@ON_SQLITE
async def test_nobody_without_a_session_uploads_and_moderators_not_to_the_vault(
    database: Database, secrets: Secrets, start: Start, make_app: Any
) -> None:
    client, _ = await _opened(database, secrets, start, make_app())
    sealed = await make_sensitive(database, secrets, datetime.now(UTC), text="he hurt her")
    where = f"{DESK}/reports/{sealed.reference}/reply"
    form = FormData({"csrf": await token(client, DESK), "key": "k" * 24, "text": WORDS, "do": "send", "seen": "1"})
    form.add_field("file", files.photo(), filename="a.jpg")
    assert (await client.post(where, data=form, headers=HTML)).status == 404
    stranger = await start(make_app())
    answer = await stranger.post(where, data={"text": WORDS}, headers=HTML, allow_redirects=False)
    assert (answer.status, answer.headers["Location"].startswith("/login")) == (303, True)
    assert await _stored(database) == []


@ON_SQLITE
async def test_a_resident_sees_it_in_their_own_conversation_only(
    database: Database, secrets: Secrets, start: Start, make_app: Any
) -> None:
    app = make_app()
    client, report = await _opened(database, secrets, start, app, "village/web")
    assert (await _post(client, report, files.photo(), do="send"))[0] == 303
    (item,) = await _stored(database)
    phone = await start(make_app())
    secret = app[CHANNELS]["village/web"].secret
    cookie = {"Cookie": f"phone_village={SENDER}.{token_of(secret, SENDER)}"}
    thread = await (await phone.get("/phone/village", headers=HTML | cookie)).text()
    there = f"/phone/village/files/{item.id}"
    assert f'<a class="bubble-picture" href="{there}"><img src="{there}/preview"' in thread
    for path, size in ((there, (400, 640)), (f"{there}/preview", (300, 480))):
        answer = await phone.get(path, headers=cookie)
        assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store, private")
        assert Image.open(io.BytesIO(await answer.read())).size == size
        other = {"Cookie": f"phone_village=somebodyelse.{token_of(secret, 'somebodyelse')}"}
        assert (await phone.get(path, headers=other)).status == 404
        assert (await phone.get(path)).status == 403
    async with database.writing() as session:
        await session.execute(update(Attachment).values(state="erased", content=None, preview=None))
    assert "This file was erased." in await (await phone.get("/phone/village", headers=HTML | cookie)).text()
    assert (await phone.get(there, headers=cookie)).status == 404
