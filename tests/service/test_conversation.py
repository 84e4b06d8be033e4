"""What texts mean in their conversation, and the one reply each gets."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

import nlp.analysis as nlp
from channels.segments import fits_one_segment
from service.conversation import holding
from service.models import Analysis, Audit, Message, Report, ReportCategory, Reporter, Vault
from tests.service.conftest import SENSITIVE, UNCLEAR, WATER, Town


async def test_the_first_reply_has_reference_privacy_and_how_to_stop(town: Town) -> None:
    message = await town.text("No water in Gatwekera since Monday")
    (reply,) = await town.replies()
    report = await town.report()
    assert report.reference in reply
    assert "never shown" in reply
    assert "STOP" in reply
    assert (message.purpose, message.report_id) == ("account", report.id)
    await town.text("The road is bad too in Gatwekera")
    assert (await town.replies())[1] == f"Thank you. Your report is {(await town.report()).reference}."


async def test_a_sure_account_is_accepted_by_the_machine_and_shown_as_such(town: Town) -> None:
    await town.text("No water in Gatwekera since Monday")
    report = await town.report()
    assert (report.status, report.accepted_by, report.area, report.place_by) == (
        "accepted",
        "machine",
        "upper",
        "machine",
    )
    assert report.text == WATER.redacted


async def test_an_unclear_place_is_asked_once_and_the_number_joins_the_report(town: Town) -> None:
    town.analysis = UNCLEAR
    await town.text("No water in Mashimoni")
    (question,) = await town.replies()
    assert "1 Mashimoni" in question
    assert "2 Mashimoni" in question
    assert fits_one_segment(question)
    answer = await town.text("2.")
    report = await town.report()
    assert (report.area, report.place_by) == ("lower", "reporter")
    assert (answer.purpose, answer.report_id) == ("place_answer", report.id)
    assert (await town.reporter()).question is None
    assert "Mashimoni" in (await town.replies())[1]


async def test_where_a_person_was_before_settles_an_unclear_place(town: Town) -> None:
    town.analysis = UNCLEAR
    await town.text("No water in Mashimoni")
    await town.text("2")
    await town.text("No water in Mashimoni again")
    report = await town.report()
    assert (report.area, report.place_by) == ("lower", "machine")
    assert (await town.reporter()).question is None
    assert len(await town.replies()) == 3


async def test_none_of_the_places_leaves_it_open_and_does_not_ask_again(town: Town) -> None:
    town.analysis = UNCLEAR
    await town.text("No water in Mashimoni")
    await town.text("0")
    report = await town.report()
    assert (report.area, report.place_by) == (None, None)
    assert len(await town.replies()) == 2


async def test_a_missing_place_is_asked_and_its_name_joins_the_report(town: Town) -> None:
    town.analysis = UNCLEAR.__class__(redacted="No water", categories=WATER.categories, version="test")
    await town.text("No water")
    first = await town.report()
    town.analysis = WATER
    await town.text("Gatwekera")
    report = await town.report()
    assert report.id == first.id
    assert (report.area, report.place_name, report.place_by) == ("upper", "Gatwekera", "reporter")


async def test_a_fallback_that_no_word_names_is_not_taken_for_the_answer(town: Town) -> None:
    town.analysis = UNCLEAR.__class__(redacted="No water", categories=WATER.categories, version="test")
    await town.text("No water")
    capital = nlp.Location("Capital", -1.3, 36.8, 30.0, 0.6, "names a street and no town", fallback=True)
    town.analysis = UNCLEAR.__class__(redacted="rue Acacia 12", location=capital, version="test")
    await town.text("rue Acacia 12")
    report = await town.report()
    assert (report.text, report.place_by, report.status) == ("No water\nrue Acacia 12", "machine", "in_review")


async def test_a_place_we_do_not_know_joins_the_report_and_a_person_reads_it(town: Town) -> None:
    town.analysis = UNCLEAR.__class__(redacted="No water", categories=WATER.categories, version="test")
    await town.text("No water")
    first = await town.report()
    assert first.status == "accepted"
    town.analysis = UNCLEAR.__class__(redacted="Behind the old mosque", version="test")
    answer = await town.text("Behind the old mosque")
    report = await town.report()
    assert (report.id, report.texts, answer.report_id) == (first.id, 2, first.id)
    assert report.text == "No water\nBehind the old mosque"
    assert (report.status, report.accepted_by) == ("in_review", None)
    assert "place we do not know" in (report.review_reason or "")
    assert (await town.reporter()).question is None
    again = await town.text("Behind the old mosque")
    assert (again.purpose, again.report_id) == ("follow_up", first.id)


async def test_a_short_account_after_the_question_is_a_new_one(town: Town) -> None:
    town.analysis = UNCLEAR.__class__(redacted="No water", categories=WATER.categories, version="test")
    await town.text("No water")
    first = await town.report()
    town.analysis = UNCLEAR.__class__(redacted="No power", categories=WATER.categories, version="test")
    await town.text("No power")
    assert (await town.report()).id != first.id


async def test_what_joins_an_account_that_a_person_accepted_brings_it_back_to_them(town: Town) -> None:
    town.analysis = UNCLEAR.__class__(redacted="No water", categories=WATER.categories, version="test")
    await town.text("No water")
    first = await town.report()
    async with town.database.writing() as session:
        await session.execute(update(Report).values(accepted_by="person"))
    town.analysis = UNCLEAR.__class__(redacted="Behind the old mosque", version="test")
    await town.text("Behind the old mosque")
    report = await town.report()
    assert (report.id, report.text) == (first.id, "No water\nBehind the old mosque")
    assert (report.status, report.accepted_by) == ("in_review", None)


async def test_the_first_account_gets_the_privacy_line_whatever_came_before(town: Town) -> None:
    await town.text("🙂")
    await town.text("HELP")
    await town.text("No water in Gatwekera since Monday")
    assert "never shown" in (await town.replies())[-1]


async def test_stop_is_heard_even_in_a_loop(town: Town) -> None:
    for text in ["Stop.", "START"] * 5:
        await town.text(text)
    assert (await town.text("Stop.")).purpose == "held"
    assert (await town.reporter()).stopped_at is not None


async def test_a_place_that_is_only_like_earlier_accounts_is_asked_for(town: Town) -> None:
    guess = nlp.Location("Gatwekera", -1.313, 36.783, 7.5, 0.04, "like earlier accounts", "upper")
    town.analysis = replace(WATER, places=(), location=guess)
    await town.text("No water since Monday")
    assert (await town.reporter()).question == "place"
    town.analysis = replace(WATER, places=(), location=replace(guess, score=0.9))
    await town.text("Still no water", sender="baraka")
    assert (await town.reporter()).question is None


async def test_what_only_sounds_like_earlier_accounts_is_no_answer_to_where(town: Town) -> None:
    town.analysis = UNCLEAR
    await town.text("No water in Mashimoni")
    guess = nlp.Location("Gatwekera", -1.313, 36.783, 0.4, 0.93, "like earlier accounts", "upper")
    town.analysis, town.whole = replace(WATER, categories=(), places=(), location=guess), UNCLEAR
    message = await town.text("it has not come to this day")
    assert message.purpose == "place_words"
    assert "Gatwekera" not in (await town.replies())[-1]
    assert (await town.report()).place_name is None


async def test_a_name_letter_by_letter_is_an_answer_to_where(town: Town) -> None:
    town.analysis = UNCLEAR
    await town.text("No water in Mashimoni")
    place = town.programme.places[0]
    town.analysis = replace(WATER, categories=(), places=(), location=None)
    message = await town.text(f" {place.name.lower()}!")
    assert message.purpose == "place_answer"
    report = await town.report()
    assert (report.place_name, report.area, report.place_by) == (place.name, place.area, "reporter")


async def test_a_name_of_several_places_is_asked_about_again(town: Town) -> None:
    town.analysis = replace(WATER, places=(), location=None)
    await town.text("No water since Monday")
    town.analysis = replace(UNCLEAR, categories=())
    message = await town.text("in Mashimoni, behind the mill")
    assert message.cause == "a name of several places"
    assert "1 Mashimoni" in (await town.replies())[-1]
    assert (await town.report()).place_name is None
    await town.text("2")
    assert (await town.report()).area == "lower"


async def test_a_long_text_after_the_question_is_a_new_account(town: Town) -> None:
    town.analysis = UNCLEAR
    await town.text("No water in Mashimoni")
    town.analysis = WATER
    await town.text("In Gatwekera the tap has been dry since Monday for everybody on our side")
    async with town.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Report)) == 2


async def test_a_shared_pin_is_the_place(town: Town) -> None:
    await town.text("No water here", pin=(-1.3131, 36.7831))
    report = await town.report()
    assert (report.area, report.place_by) == ("upper", "reporter")


async def test_stop_says_good_bye_once_and_nothing_after(town: Town) -> None:
    await town.text("No water in Gatwekera since Monday")
    await town.text("Stop.")
    await town.text("stop")
    await town.text("No water again in Gatwekera")
    assert [text.split()[0] for text in await town.replies()] == ["Thank", "We"]
    async with town.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Report)) == 2
    await town.text("START")
    assert (await town.reporter()).stopped_at is None


async def test_status_tells_the_state_in_their_language(town: Town) -> None:
    await town.text("status")
    assert "no report" in (await town.replies())[0]
    await town.text("No water in Gatwekera since Monday")
    await town.text("STATUS")
    assert (await town.replies())[-1] == f"{(await town.report()).reference}: read"


async def test_forget_asks_once_then_erases_words_and_number_and_keeps_the_count(town: Town) -> None:
    await town.text("No water in Gatwekera since Monday")
    await town.text("FORGET")
    assert (await town.report()).text is not None
    await town.text("yes")
    report, reporter = await town.report(), await town.reporter()
    assert (report.text, report.place_name, report.area, report.status) == (None, None, "upper", "accepted")
    assert (reporter.address, reporter.pseudonym.startswith("forgotten-")) == (None, True)
    async with town.database.reading() as session:
        left = (await session.scalars(select(Message.body).where(Message.purpose != "forgotten"))).all()
        assert left == [None] * len(left)
        assert await session.scalar(select(func.count()).select_from(Analysis)) == 0
        assert await session.scalar(select(ReportCategory.why)) == ""
        assert await session.scalar(select(Audit.act)) == "forget"
    assert (await town.replies("forgotten")) == ["Your words and number are erased."]
    await town.text("No water in Gatwekera again")
    assert (await town.reporter()).id != reporter.id


async def test_anything_but_yes_keeps_everything(town: Town) -> None:
    await town.text("No water in Gatwekera since Monday")
    await town.text("FORGET")
    await town.text("no")
    await town.text("yes")
    assert (await town.report()).text is not None


async def test_a_sensitive_account_leaves_no_words_outside_the_vault(town: Town) -> None:
    town.analysis = SENSITIVE
    message = await town.text("my husband beats me")
    report = await town.report()
    assert (report.text, report.place_name, report.area, report.status) == (None, None, None, "in_review")
    assert "1195" in (await town.replies())[0]
    async with town.database.reading() as session:
        vault = await session.scalar(select(Vault))
        assert "husband" in town.secrets.unseal(vault.content)
        assert (await session.scalar(select(Analysis))).result is None
        assert (await session.scalars(select(ReportCategory))).all() == []
    assert (message.cause, report.review_reason, report.kind) == ("an account; sensitive", "sensitive", None)


async def test_empty_and_emoji_texts_are_told_how_to_report(town: Town) -> None:
    for text in ("", "🙂🙂", "12"):
        message = await town.text(text)
        assert message.purpose == "empty"
    assert [reply.split(".")[0] for reply in await town.replies()] == [
        *["We got no words"] * 2,
        "We asked nothing that a yes, a no or a number answers",
    ]


async def test_the_sixth_copy_in_half_an_hour_is_held(town: Town) -> None:
    kinds = [(await town.text("No water in Gatwekera since Monday")).purpose for _ in range(7)]
    assert kinds == ["account"] * 5 + ["held"] * 2
    assert len(await town.replies()) == 5


async def _answered(town: Town) -> None:
    await town.text("No water in Gatwekera since Monday")
    report, reporter = await town.report(), await town.reporter()
    async with town.database.writing() as session:
        await session.execute(update(Report).values(status="answered"))
        await session.execute(
            update(Reporter)
            .where(Reporter.id == reporter.id)
            .values(question="solved", question_report_id=report.id, asked_at=town.now)
        )


@pytest.mark.parametrize(("said", "status", "agreed"), [("YES", "resolved", True), ("hapana", "disputed", False)])
async def test_yes_resolves_and_no_reopens(town: Town, said: str, status: str, agreed: bool) -> None:
    await _answered(town)
    await town.text(said)
    report = await town.report()
    assert (report.status, report.agreed) == (status, agreed)


async def test_an_old_question_is_not_answered_by_a_late_yes(town: Town) -> None:
    await _answered(town)
    town.now += timedelta(days=40)
    await town.text("yes")
    assert (await town.report()).status == "answered"


async def test_quote_is_consent(town: Town) -> None:
    await town.text("No water in Gatwekera since Monday")
    assert not (await town.reporter()).quotable
    await town.text("QUOTE")
    assert (await town.reporter()).quotable


async def test_tricks_of_unicode_do_not_reach_the_desk(town: Town) -> None:
    town.analysis = WATER.__class__(redacted="no\0 water\u202e \ud800", categories=WATER.categories, version="test")
    await town.text("no\0 water\u202e \ud800")
    assert (await town.report()).text == "no  water  ?"


async def test_a_sender_over_the_daily_replies_is_still_heard(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "REPLIES_A_DAY", 9)
    for number in range(holding.REPLIES_A_DAY + 1):
        message = await town.text(f"No water in Gatwekera, house {number}")
    assert len(await town.replies()) + len(await town.replies("privacy")) == holding.REPLIES_A_DAY
    assert (message.purpose, message.report_id) == ("account", (await town.report()).id)
    assert "not replied to" in (message.cause or "")
