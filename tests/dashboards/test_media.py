"""Files at the desk: shown to whom they may be shown, under headers that let them do no harm, and acted on."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from PIL import Image
from sqlalchemy import select

from dashboards.pages import media
from service.db import Database
from service.media.cleaning import clean
from service.models import Attachment, Audit, Decision, Report, Transcript
from service.secrets import Secrets
from tests.dashboards.conftest import Start
from tests.dashboards.desk import DESK, log_in, logged_in, member, page, send
from tests.service.making import make_report, make_sensitive
from tests.service.media import files, pdfs, recordings
from tests.service.media.making import make_file

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """No machine reads in these tests."""
    monkeypatch.setattr(media, "PATIENCE", 0.0)


async def test_a_picture_is_shown_without_what_it_said(database: Database, secrets: Secrets, start: Start) -> None:
    report = await make_report(database, NOW)
    file = await make_file(database, secrets, report, files.photo(), NOW)
    client = await logged_in(database, start)
    shown = await page(client, f"{DESK}/reports/{report.reference}")
    assert f'src="{DESK}/media/{file}/preview" alt="Picture, sent 23 Nov 2026, 09:00. Opens large."' in shown
    for path, size in ((f"{DESK}/media/{file}", (400, 640)), (f"{DESK}/media/{file}/preview", (300, 480))):
        answer = await client.get(path)
        content = await answer.read()
        assert (answer.status, answer.content_type) == (200, "image/jpeg")
        assert Image.open(io.BytesIO(content)).size == size
        assert dict(Image.open(io.BytesIO(content)).getexif()) == {}
        assert files.MAKER not in content
        assert answer.headers["Content-Security-Policy"] == media.HEADERS["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store, private"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert media.HEADERS["Content-Security-Policy"].startswith("sandbox; default-src 'none';")
    whole = await client.get(f"{DESK}/media/{file}")
    assert whole.headers["Content-Disposition"] == f'inline; filename="{report.reference}-{file}.jpg"'


async def test_a_voice_note_plays_and_seeks(database: Database, secrets: Secrets, start: Start) -> None:
    report = await make_report(database, NOW, text="")
    file = await make_file(database, secrets, report, files.voice_note(), NOW)
    client = await logged_in(database, start)
    shown = await page(client, f"{DESK}/reports/{report.reference}")
    assert f'<audio controls preload="none" src="{DESK}/media/{file}" aria-label="Voice note, sent' in shown
    assert "No words came with it" in shown
    whole = await (await client.get(f"{DESK}/media/{file}")).read()
    for asked, status, content, said in (
        ("bytes=0-1", 206, whole[:2], f"bytes 0-1/{len(whole)}"),
        ("bytes=5-", 206, whole[5:], f"bytes 5-{len(whole) - 1}/{len(whole)}"),
        ("bytes=-7", 206, whole[-7:], f"bytes {len(whole) - 7}-{len(whole) - 1}/{len(whole)}"),
        ("bytes=0-999999", 206, whole, f"bytes 0-{len(whole) - 1}/{len(whole)}"),
        ("bytes=999999-", 416, b"", f"bytes */{len(whole)}"),
        ("lines=1-2", 200, whole, None),
        ("bytes=0-1,4-5", 200, whole, None),
    ):
        answer = await client.get(f"{DESK}/media/{file}", headers={"Range": asked})
        assert (asked, answer.status, await answer.read()) == (asked, status, content)
        assert answer.headers.get("Content-Range") == said
        assert answer.headers["Accept-Ranges"] == "bytes"
        assert answer.headers["Content-Security-Policy"] == media.HEADERS["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("content", "words", "name"),
    [
        (pdfs.plain(), "Of a PDF its pages were kept, without the notes on who made it", "pdf"),
        (files.film(b"3gp5"), "Browsers do not play this kind", "3gp"),
    ],
)
@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
async def test_what_browsers_do_not_play_is_a_download(
    database: Database, secrets: Secrets, start: Start, content: bytes, words: str, name: str
) -> None:
    report = await make_report(database, NOW)
    file = await make_file(database, secrets, report, content, NOW)
    client = await logged_in(database, start)
    assert words in await page(client, f"{DESK}/reports/{report.reference}")
    answer = await client.get(f"{DESK}/media/{file}")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{report.reference}-{file}.{name}"'
    assert await answer.read() == clean(content).content


@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
async def test_what_an_old_phone_records_plays_at_the_desk(database: Database, secrets: Secrets, start: Start) -> None:
    report = await make_report(database, NOW, text="")
    file = await make_file(database, secrets, report, recordings.amr(1), NOW)
    client = await logged_in(database, start)
    assert f'<audio controls preload="none" src="{DESK}/media/{file}"' in await page(
        client, f"{DESK}/reports/{report.reference}"
    )
    answer = await client.get(f"{DESK}/media/{file}")
    assert answer.content_type == "audio/mpeg"
    assert answer.headers["Content-Disposition"] == f'inline; filename="{report.reference}-{file}.mp3"'


async def test_nobody_else_is_shown_a_file(database: Database, secrets: Secrets, start: Start) -> None:
    report = await make_report(database, NOW)
    file = await make_file(database, secrets, report, files.photo(), NOW)
    elsewhere = await make_report(database, NOW, programme="elsewhere")
    far = await make_file(database, secrets, elsewhere, files.photo(), NOW)
    refused = await make_file(database, secrets, report, None, NOW, state="refused")
    client = await start()
    for path in (f"{DESK}/media/{file}", f"{DESK}/media/{file}/preview"):
        assert (await client.get(path, allow_redirects=False)).status == 303
    await member(database, "eve", "moderator", "elsewhere")
    await log_in(client, "eve")
    assert (await client.get(f"{DESK}/media/{file}")).status == 404
    assert (await client.get(f"/desk/elsewhere/media/{far}")).status == 404
    moderator = await logged_in(database, start)
    assert (await moderator.get(f"{DESK}/media/{file}")).status == 200
    for number in (far, refused, 999, 0, "x", "9" * 30, "-1"):
        assert (await moderator.get(f"{DESK}/media/{number}")).status == 404
        assert (await moderator.get(f"{DESK}/media/{number}/preview")).status == 404


async def test_files_of_the_vault_open_for_focal_points_and_each_opening_is_written_down(
    database: Database, secrets: Secrets, start: Start
) -> None:
    report = await make_sensitive(database, secrets, NOW, text="he hurt her")
    picture = await make_file(database, secrets, report, files.photo(), NOW)
    voice = await make_file(database, secrets, report, files.voice_note(), NOW)
    moderator = await logged_in(database, start)
    for file in (picture, voice):
        assert (await moderator.get(f"{DESK}/media/{file}")).status == 404
    assert (await moderator.get(f"{DESK}/media/{picture}/preview")).status == 404
    focal = await logged_in(database, start, "focal_point", "fay")
    here = f"{DESK}/reports/{report.reference}"
    assert "/media/" not in await page(focal, here)
    opened = await (await send(focal, here, f"{here}/open")).text()
    assert "Open the picture" in opened
    assert "/preview" not in opened
    assert await _openings(database) == []
    assert (await focal.get(f"{DESK}/media/{picture}")).status == 200
    for _ in range(3):
        assert (await focal.get(f"{DESK}/media/{voice}", headers={"Range": "bytes=0-9"})).status == 206
    assert await _openings(database) == [{"file": picture}, {"file": voice}]
    assert "opened a file of the sealed account" in await page(focal, here)


async def _openings(database: Database) -> list[object]:
    async with database.reading() as session:
        return list(await session.scalars(select(Audit.detail).where(Audit.act == "open_file").order_by(Audit.id)))


async def test_protecting_a_report_takes_its_files_along(database: Database, secrets: Secrets, start: Start) -> None:
    report = await make_report(database, NOW, text="he hurt her")
    file = await make_file(database, secrets, report, files.photo(), NOW)
    client = await logged_in(database, start)
    here = f"{DESK}/reports/{report.reference}"
    assert (await client.get(f"{DESK}/media/{file}")).status == 200
    await send(client, here, f"{here}/protect", revision="0", kind="violence")
    assert (await client.get(f"{DESK}/media/{file}")).status == 404
    focal = await logged_in(database, start, "focal_point", "fay")
    assert (await focal.get(f"{DESK}/media/{file}")).status == 200


async def test_states_are_said_in_words_and_what_stopped_is_tried_again(
    database: Database, secrets: Secrets, start: Start
) -> None:
    report = await make_report(database, NOW)
    reference = secrets.seal("a.jpg")
    await make_file(database, secrets, report, None, NOW, reference=reference)
    await make_file(database, secrets, report, None, NOW, state="refused", error="It is a program.")
    dead = await make_file(
        database, secrets, report, None, NOW, state="dead", error="The provider answered 503.", reference=reference
    )
    await make_file(database, secrets, report, None, NOW, state="erased")
    client = await logged_in(database, start)
    here = f"{DESK}/reports/{report.reference}"
    shown = await page(client, here)
    for words in ("On its way from the provider", "Not kept: It is a program.", "It could not be had: The provider"):
        assert words in shown
    assert "Erased. Nothing of it is left here." in shown
    assert shown.count("/again") == 1
    again = await send(client, here, f"{here}/media/{dead}/again", revision="0")
    assert again.headers["Location"] == f"{here}#files"
    assert "being fetched again" in await page(client, here)
    async with database.reading() as session:
        row = await session.get_one(Attachment, dead)
        assert (row.state, row.attempts, row.error) == ("waiting", 0, None)
    await send(client, here, f"{here}/media/{dead}/again", revision="1")
    assert "on its way, or here already" in await page(client, here)
    await send(client, here, f"{here}/media/{dead}/again", revision="0")
    assert "Somebody saved this report while you were reading" in await page(client, here)


async def test_a_moderator_writes_down_and_erases(database: Database, secrets: Secrets, start: Start) -> None:
    report = await make_report(database, NOW)
    file = await make_file(database, secrets, report, files.photo(), NOW)
    client = await logged_in(database, start)
    here = f"{DESK}/reports/{report.reference}"
    await send(client, here, f"{here}/media/{file}/describe", revision="0", words="A broken\r\npump")
    assert "The machine is reading it" in await page(client, here)
    async with database.reading() as session:
        [row] = await session.scalars(select(Transcript))
        assert secrets.unseal(row.text or b"") == "A broken\npump"
    await send(client, here, f"{here}/media/{file}/describe", revision="1", words=" ")
    assert "Write down what is said or shown." in await page(client, here)
    await send(client, here, f"{here}/media/{file}/erase", revision="1")
    shown = await page(client, here)
    assert "Erased. Nothing of it is left here." in shown
    assert "erased a file" in shown
    async with database.reading() as session:
        kept = await session.execute(select(Attachment.content, Attachment.preview, Attachment.size))
        assert [tuple(row) for row in kept] == [(None, None, None)]
        words = [row.after for row in await session.scalars(select(Decision))]
    assert words == [{"file": file}, {"file": file}]
    foreign = await client.post(f"{here}/media/{file}/erase", data={"revision": "2"})
    assert foreign.status == 403


@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
async def test_the_measurements_count_files(database: Database, secrets: Secrets, start: Start) -> None:
    report: Report = await make_report(database, NOW)
    await make_file(database, secrets, report, None, NOW, state="dead")
    client = await start()
    text = await (await client.get("/metrics")).text()
    assert 'answerable_attachments{channel="village/sms",state="dead"} 1.0' in text
