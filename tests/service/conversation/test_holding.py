"""What is held back, why, and what a person makes of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from channels.base import Inbound
from service import heldtexts
from service.models import Message, Report
from service.workflow import NotAllowed, NotFound
from tests.service.conftest import CHANNEL
from tests.service.conversation.talking import Talk


async def _sent_at_once(talk: Talk) -> None:
    """Our replies leave in the second they are written."""
    async with talk.town.database.writing() as session:
        await session.execute(
            update(Message).where(Message.direction == "out", Message.sent_at.is_(None)).values(sent_at=talk.town.now)
        )


async def _held(talk: Talk) -> list[Message]:
    async with talk.town.database.reading() as session:
        return list(await session.scalars(select(Message).where(Message.purpose == "held").order_by(Message.id)))


@pytest.mark.parametrize(
    "words", ["I am driving, I will call you back.", "Ujumbe wako umepokelewa. Asante!", "This number is not monitored"]
)
async def test_an_automatic_reply_to_us_is_held_and_gets_no_reply(talk: Talk, words: str) -> None:
    await talk.send("No water in Gatwekera")
    await _sent_at_once(talk)
    talk.wait(30)
    (held,) = await talk.send(words)
    assert (held.purpose, held.report_id, len(await talk.town.replies())) == ("held", None, 1)
    assert "automatic reply" in (held.cause or "")
    assert talk.town.secrets.unseal(held.redacted or b"") == words


async def test_the_same_words_are_an_account_where_we_said_nothing_or_in_a_story(talk: Talk) -> None:
    (first,) = await talk.send("I am driving water to Gatwekera because the tap is dry")
    assert first.purpose == "account"
    talk.wait(60)
    story = " ".join(["The road is so bad that while I am driving", *["it breaks"] * 20])
    (told,) = await talk.send(story)
    assert told.purpose != "held"


async def test_danger_is_heard_whatever_it_sounds_like(talk: Talk) -> None:
    await talk.send("No water in Gatwekera")
    talk.wait(60)
    (heard,) = await talk.send("he beats me when I am driving")
    (_, report) = await talk.reports()
    assert (heard.purpose, report.sensitive) == ("account", True)


async def test_two_machines_that_answer_each_other_at_once_are_parted(talk: Talk) -> None:
    kinds = []
    for number in range(9):
        (message,) = await talk.send(f"{number + 10}")
        kinds.append(message.purpose)
        await _sent_at_once(talk)
        talk.wait(1.5)
    assert kinds == ["empty"] * 6 + ["held"] * 3
    talk.wait(600)
    assert (await talk.send("No water in Gatwekera"))[0].purpose == "account"
    assert "each within 2 seconds of ours" in ((await _held(talk))[-1].cause or "")


async def test_fast_fragments_are_a_person(talk: Talk) -> None:
    for number in range(9):
        (message,) = await talk.send(f"No water in Gatwekera, house {number}")
        await _sent_at_once(talk)
        talk.wait(2.5)
        assert message.purpose in ("account", "part")


async def test_more_texts_in_a_day_than_a_person_sends_are_held_but_stop_and_forget_are_heard(talk: Talk) -> None:
    most = 20
    rules = talk.town.programme.rules.model_copy(update={"texts_a_day": most})
    talk.town.programme = talk.town.programme.model_copy(update={"rules": rules})
    await talk.send(*(f"No water in Gatwekera, house {number}" for number in range(most)), apart=20)
    while await talk.work():
        pass
    talk.wait(20)
    (over,) = await talk.send("No water in Gatwekera, the last house")
    assert (over.purpose, over.cause) == ("held", f"more than {most} texts in a day")
    talk.wait(20)
    (other,) = await talk.send("No water in Gatwekera", sender="baraka")
    assert other.purpose == "account"
    await talk.send("STOP")
    async with talk.town.database.reading() as session:
        stopped = select(func.count()).select_from(Message).where(Message.purpose == "held")
        assert await session.scalar(stopped) == 2
    await talk.send("FORGET")
    talk.wait(20)
    (erased,) = await talk.send("yes")
    assert erased.purpose == "erasure"
    assert [text.body for text in await _held(talk)] == [None, None]
    talk.wait(timedelta(days=1).total_seconds())


async def test_a_person_takes_one_as_an_account_and_leaves_the_others(talk: Talk) -> None:
    for _ in range(8):
        await talk.send("No water in Gatwekera")
        talk.wait(60)
    assert len(await _held(talk)) == 3
    town = talk.town
    async with town.database.reading() as session:
        (sender,) = await heldtexts.read(session, town.secrets, "village")
        assert await heldtexts.count(session, "village") == 1
    assert (sender.number, len(sender.texts)) == (3, 3)
    assert sender.texts[0].words == "No water in Gatwekera"
    before = len(await talk.reports())
    async with town.database.writing() as session:
        await heldtexts.release(session, "village", sender.texts[0].id, 1, town.now)
    await talk.work()
    reports = await talk.reports()
    assert (len(reports), reports[-1].text) == (before + 1, "No water in Gatwekera")
    async with town.database.reading() as session:
        taken = await session.get_one(Message, sender.texts[0].id)
        assert (taken.purpose, taken.report_id) == ("account", reports[-1].id)
        assert "taken by a person" in (taken.cause or "")
    async with town.database.writing() as session:
        with pytest.raises(NotAllowed):
            await heldtexts.release(session, "village", sender.texts[0].id, 1, town.now)
        with pytest.raises(NotFound):
            await heldtexts.release(session, "elsewhere", sender.texts[1].id, 1, town.now)
        assert await heldtexts.leave(session, "village", sender.texts[1].id, 1, town.now) == 2
        with pytest.raises(NotAllowed):
            await heldtexts.leave(session, "village", sender.texts[1].id, 1, town.now)
    assert await _held(talk) == []
    async with town.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Report)) == before + 1


@pytest.mark.parametrize(
    "text", ["\u202e\u202d", "🙂🙂✋🏾", "\0", "\ufeff\u200b", "x" * 10_000, "\u202eno water\0 in Gatwekera\u202c"]
)
async def test_hostile_texts_end_well(talk: Talk, text: str) -> None:
    (message,) = await talk.send(text)
    assert message.state == "done"
    for report in await talk.reports():
        assert not set(report.text or "") & set("\0\u202e\u202d")


async def test_a_flood_from_one_number_is_not_read_and_nobody_waits_behind_it(talk: Talk) -> None:
    texts = [Inbound("flood", f"No water in Gatwekera {n}", f"flood-{n}") for n in range(500)]
    await talk.town.intake.store("village", CHANNEL, texts, talk.town.now)
    await talk.send("No water in Gatwekera", sender="baraka", take=False)
    await talk.work()
    async with talk.town.database.reading() as session:
        baraka = await session.scalar(select(Message).where(Message.external_id.startswith("baraka")))
        assert baraka is not None
        assert (baraka.state, baraka.purpose) == ("done", "account")
    while await talk.work():
        pass
    most = talk.town.programme.rules.texts_a_day
    held = await _held(talk)
    assert len(held) >= 500 - 3 * most
    assert sum(f"Gatwekera {n}" in heard for n in range(400, 500) for heard in talk.ear.heard) == 0, "not analysed"
    assert {text.state for text in held} == {"done"}
    assert all(text.body is not None for text in held), "nothing is lost"


async def test_the_same_text_again_and_again_at_once_is_one_account_and_a_loop(talk: Talk) -> None:
    """Phones and gateways send copies when they get no receipt in time. Whoever wrote it wrote it once."""
    copies = ["No water in Gatwekera"] * 5 + ["no water in Gatwekera!", *["No water, in Gatwekera"] * 2]
    texts = await talk.send(*copies, apart=1)
    assert [text.purpose for text in texts] == ["account", *["part"] * 4, *["held"] * 3]
    assert {text.cause for text in texts[5:]} == {"the same text 8 times in 30 minutes: a loop"}
    (report,) = await talk.reports()
    assert report.text == "No water in Gatwekera"
    assert len(await talk.town.replies("receipt_first")) == 1
    talk.wait(60)
    (again,) = await talk.send("No water in Gatwekera")
    assert again.purpose == "held"


async def test_emoji_alone_are_copies_too(talk: Talk) -> None:
    texts = await talk.send(*["\N{FIRE}"] * 7, apart=1)
    assert [text.purpose for text in texts].count("held") == 2


async def test_two_services_like_this_one_do_not_thank_each_other(talk: Talk) -> None:
    await talk.send("No water in Gatwekera")
    texts = talk.town.programme.messages["en"].texts
    for wording in (texts["receipt_first"].format(reference="K7-4QF"), texts["empty"], texts["privacy"]):
        talk.wait(40)
        before = len(await talk.town.replies())
        (held,) = await talk.send(wording)
        assert (held.purpose, "one of our own texts" in (held.cause or "")) == ("held", True)
        assert len(await talk.town.replies()) == before


async def test_whoever_writes_a_few_words_of_ours_is_heard(talk: Talk) -> None:
    texts = talk.town.programme.messages["en"].texts
    await talk.send("No water in Gatwekera")
    talk.wait(40)
    (quoting,) = await talk.send(f"{texts['empty']} But I told you already: no water in Gatwekera")
    (status,) = await talk.send("K7-4QF: read", sender="baraka")
    assert quoting.purpose != "held"
    assert status.purpose != "held"
