"""From a text with files to sealed, cleaned rows: taken with the text, fetched apart, within limits, never twice at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update

import nlp.analysis as nlp
from channels.base import Media
from service import extras
from service.media import cleaning, fetching
from service.media.fetching import Limits
from service.media.taking import MOST_FILES
from service.models import Attachment
from tests.service.conftest import WATER
from tests.service.media import files
from tests.service.media.conftest import Album

PICTURE = Media("a.jpg", "image/jpeg")
VOICE = Media("v.ogg", "audio/ogg; codecs=opus")


async def test_a_text_with_a_picture_becomes_a_report_with_a_clean_sealed_picture(album: Album) -> None:
    album.provider.files["a.jpg"] = files.photo()
    message = await album.town.text("No water in Gatwekera", media=(PICTURE,))
    assert message.extra is None
    assert album.provider.asked == []
    [row] = await album.all()
    assert (row.state, row.message_id, row.content_type) == ("waiting", message.id, "image/jpeg")
    assert b"a.jpg" not in (row.reference or b"")
    assert await album.fetch() == 1
    [row] = await album.all()
    assert (row.state, row.reference, row.error, row.content_type) == ("stored", None, None, "image/jpeg")
    assert row.content is not None and row.preview is not None
    assert b"\xff\xd8\xff" not in row.content
    picture = album.town.secrets.unseal_bytes(row.content)
    assert picture.startswith(b"\xff\xd8\xff")
    assert files.MAKER not in picture
    assert row.size == len(picture)
    assert (await album.town.report()).status == "accepted"
    assert await album.fetch() == 0


async def test_a_voice_note_without_words_is_a_report_that_a_person_hears(album: Album) -> None:
    album.town.analysis = nlp.Analysis()
    await album.town.text("", media=(VOICE,))
    report = await album.town.report()
    assert report.status == "in_review"
    assert "voice note, not transcribed" in (report.review_reason or "")
    assert report.reference in (await album.town.replies())[0]


async def test_even_where_no_report_is_read_a_voice_note_is(album: Album) -> None:
    rules = album.town.programme.rules.model_copy(update={"review": "none"})
    album.town.programme = album.town.programme.model_copy(update={"rules": rules})
    await album.town.text("", media=(VOICE,))
    assert (await album.town.report()).status == "in_review"
    await album.town.text("No water in Gatwekera", sender="juma", media=(VOICE,))
    report = await album.town.report()
    assert (report.status, report.accepted_by) == ("in_review", None)


async def test_a_picture_soon_after_an_account_belongs_to_it(album: Album) -> None:
    first = await album.town.text("No water in Gatwekera")
    second = await album.town.text("", media=(PICTURE,))
    assert (second.report_id, second.purpose) == (first.report_id, "follow_up")
    report = await album.town.report()
    assert report.texts == 2
    assert (report.status, report.review_reason) == ("in_review", "a picture without words")
    assert f"Added to {report.reference}" in (await album.town.replies())[-1]
    album.town.now += timedelta(minutes=15)
    third = await album.town.text("", media=(PICTURE,))
    assert third.report_id != first.report_id
    other = await album.town.text("", sender="juma", media=(PICTURE,))
    assert other.report_id not in (first.report_id, third.report_id)


async def test_words_without_files_are_answered_as_before(album: Album) -> None:
    message = await album.town.text("\U0001f600")
    assert message.purpose == "empty"
    assert await album.all() == []


async def test_files_that_belong_to_no_report_stay_sealed_with_their_text(album: Album) -> None:
    message = await album.town.text("STOP", media=(PICTURE,))
    assert await album.all() == []
    assert extras.unseal(album.town.secrets, message.extra)[0] == (PICTURE,)


async def test_what_came_with_the_request_is_cleaned_without_asking_anybody(album: Album) -> None:
    await album.town.text("No water in Gatwekera", media=(Media("", "text/html\0", files.photo()),))
    [row] = await album.all()
    assert (row.content_type, row.reference) == ("", None)
    await album.fetch()
    assert await album.states() == ["stored"]
    assert album.provider.asked == []


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (files.PROGRAM, "It is a program."),
        (files.bomb(), "million pixels"),
        (files.photo()[:3000], "damaged"),
        (files.HTML, "a script"),
        (bytes(3_000_000), "too large"),
    ],
)
async def test_what_we_do_not_take_is_refused_with_a_reason_and_kept_nowhere(
    album: Album, content: bytes, why: str
) -> None:
    album.provider.files["a.jpg"] = content
    await album.town.text("No water in Gatwekera", media=(PICTURE,))
    await album.fetch()
    [row] = await album.all()
    assert (row.state, row.content, row.leased_until) == ("refused", None, None)
    assert why in (row.error or "")


async def test_a_link_that_ended_is_refused_at_once(album: Album) -> None:
    album.provider.gone.add("a.jpg")
    await album.town.text("No water in Gatwekera", media=(PICTURE,))
    assert await album.fetch() == 1
    [row] = await album.all()
    assert (row.state, row.error) == ("refused", "The provider no longer has the file.")


async def test_a_provider_in_trouble_is_asked_again_later_and_in_the_end_no_more(album: Album) -> None:
    album.provider.broken.add("a.jpg")
    await album.town.text("No water in Gatwekera", media=(PICTURE,))
    waits = []
    while await album.fetch():
        [row] = await album.all()
        if row.state == "waiting":
            assert row.due_at is not None
            waits.append((row.due_at - album.town.now).total_seconds())
        album.town.now += timedelta(hours=2)
    assert [30 <= waits[0] <= 36, 120 <= waits[1] <= 144, 600 <= waits[2] <= 720, 3600 <= waits[3] <= 4320] == [
        True
    ] * 4
    assert (row.state, len(album.provider.asked)) == ("dead", 5)
    assert (row.error, row.reference is None) == ("The provider answered 503.", False)


async def test_a_file_whose_worker_died_is_taken_up_again(album: Album) -> None:
    album.provider.files["a.jpg"] = files.photo()
    await album.town.text("No water in Gatwekera", media=(PICTURE,))

    asked, never = asyncio.Event(), asyncio.Event()

    async def wait(name: str) -> None:
        asked.set()
        await never.wait()

    album.provider.on_ask = wait
    task = asyncio.create_task(album.fetch())
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    never.set()
    album.provider.on_ask = None
    assert await album.fetch() == 0
    album.town.now += fetching.LEASE
    assert await album.fetch() == 1
    assert await album.states() == ["stored"]


async def test_a_file_whose_every_worker_died_is_set_aside(album: Album) -> None:
    await album.town.text("No water in Gatwekera", media=(PICTURE,))
    async with album.town.database.writing() as session:
        await session.execute(update(Attachment).values(leased_until=album.town.now, attempts=5))
    assert await album.fetch() == 0
    assert await album.states() == ["dead"]


async def test_two_workers_fetch_each_file_once(album: Album) -> None:
    album.limits = Limits(2_000_000, 100)
    for number in range(6):
        name = f"{number}.jpg"
        album.provider.files[name] = files.photo((64, 40))
        await album.town.text(f"No water {number}", sender=f"p{number}", media=(Media(name, "image/jpeg"),))
    await asyncio.gather(album.fetch(), album.fetch())
    assert await album.states() == ["stored"] * 6
    assert sorted(album.provider.asked) == [f"{number}.jpg" for number in range(6)]


async def test_one_person_cannot_fill_the_disk(album: Album) -> None:
    album.limits = Limits(2_000_000, 3)
    album.provider.files["a.jpg"] = files.photo((64, 40))
    for number in range(5):
        await album.town.text(f"No water {number}", media=(PICTURE,))
        await album.fetch()
    assert await album.states() == ["stored"] * 3 + ["refused"] * 2
    assert "More than 3 files of one person in a day" in ((await album.all())[-1].error or "")
    await album.town.text("No water", sender="juma", media=(PICTURE,))
    await album.fetch()
    assert (await album.states())[-1] == "stored"
    album.town.now += timedelta(days=1)
    await album.town.text("No water", media=(PICTURE,))
    await album.fetch()
    assert (await album.states())[-1] == "stored"


async def test_the_files_of_one_text_have_a_limit_together(album: Album) -> None:
    album.provider.files["v.ogg"] = files.wav(700_000)
    album.limits = Limits(1_000_000, 9)
    await album.town.text("No water", media=(VOICE, VOICE))
    await album.fetch()
    assert sorted(await album.states()) == ["refused", "stored"]


async def test_no_text_brings_more_than_ten_files(album: Album) -> None:
    await album.town.text("No water", media=(PICTURE,) * 13)
    rows = await album.all()
    assert [row.state for row in rows] == ["waiting"] * MOST_FILES + ["refused"]
    assert "3 more came" in (rows[-1].error or "")


async def test_an_installation_may_take_no_files(album: Album) -> None:
    album.limits = Limits(0, 9)
    await album.town.text("No water", media=(PICTURE,))
    await album.fetch()
    assert (await album.states(), album.provider.asked) == (["refused"], [])


async def test_a_file_that_breaks_its_process_is_tried_again_and_kept(
    album: Album, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleaning, "SECONDS", 0.0)
    await album.town.text("No water", media=(Media("", "image/jpeg", files.photo()),))
    await album.fetch()
    [row] = await album.all()
    assert (row.state, row.content is None) == ("waiting", False)


async def test_a_file_erased_while_it_was_fetched_stays_erased(album: Album) -> None:
    album.provider.files["a.jpg"] = files.photo()
    message = await album.town.text("No water in Gatwekera", media=(PICTURE,))

    async def forget(name: str) -> None:
        await album.town.text("FORGET")
        await album.town.text("YES")

    album.provider.on_ask = forget
    await album.fetch()
    [row] = await album.all()
    assert (row.state, row.content, row.reference, row.message_id) == ("erased", None, None, message.id)
    assert WATER.redacted not in str((await album.town.report()).text)
