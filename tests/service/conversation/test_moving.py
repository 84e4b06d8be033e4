"""A moderator moves a text to where it belongs, and back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from service import moving, protection
from service.models import Audit, Decision, Message, Report, Vault
from service.moderation import Act
from service.workflow import NotAllowed, NotFound
from tests.service.conversation.talking import Talk
from tests.service.making import make_user


async def _act(talk: Talk, report: Report, role: str = "moderator") -> Act:
    async with talk.town.database.reading() as session:
        fresh = await session.get_one(Report, report.id)
    try:
        user = await make_user(talk.town.database, f"{role}", {"village": role}, talk.town.now)
    except NotAllowed:  # made before in this test
        user = 1
    return Act(talk.town.programme, fresh.reference, user, role, fresh.revision, talk.town.now)


async def _own(talk: Talk, act: Act, message: Message) -> str:
    async with talk.town.database.writing() as session:
        reference = await moving.make_own(session, talk.town.secrets, act, message.id)
    await talk.work()
    return reference


async def _to(talk: Talk, act: Act, message: Message, reference: str) -> None:
    async with talk.town.database.writing() as session:
        await moving.belongs_to(session, talk.town.secrets, act, message.id, reference)
    await talk.work()


async def test_a_fragment_becomes_an_account_of_its_own_and_goes_back(talk: Talk) -> None:
    await talk.send("No water in Gatwekera")
    talk.wait(5)
    (second,) = await talk.send("The road in Soko is bad")
    (whole,) = await talk.reports()
    reference = await _own(talk, await _act(talk, whole), second)
    first, own = await talk.reports()
    assert (first.text, first.texts, first.area) == ("No water in Gatwekera", 1, "upper")
    assert (own.reference, own.text, own.texts, own.area) == (reference, "The road in Soko is bad", 1, "lower")
    assert own.acknowledged_at == first.acknowledged_at
    await _to(talk, await _act(talk, own), second, first.reference)
    first, own = await talk.reports()
    assert first.text == "No water in Gatwekera\nThe road in Soko is bad"
    assert (own.status, own.merged_into, own.texts) == ("merged", first.id, 0)
    # And away again: the merged report takes its text back.
    await _to(talk, await _act(talk, first), second, own.reference)
    first, own = await talk.reports()
    assert (first.text, own.text) == ("No water in Gatwekera", "The road in Soko is bad")
    assert (own.status != "merged", own.merged_into) == (True, None)
    async with talk.town.database.reading() as session:
        acts = list(await session.scalars(select(Decision.act)))
        assert acts == ["move_text"] * 6
        assert set(await session.scalars(select(Audit.act).where(Audit.object.like("report:%")))) == {"move_text"}


async def test_the_parts_of_one_text_move_together(talk: Talk) -> None:
    await talk.send("No water in Gatwekera")
    talk.wait(5)
    await talk.send("2/2 Soko is bad", take=False)
    (first_part,) = await talk.send("1/2 The road in")
    (whole,) = await talk.reports()
    assert whole.texts == 3
    await _own(talk, await _act(talk, whole), first_part)
    assert [report.text for report in await talk.reports()] == ["No water in Gatwekera", "The road in Soko is bad"]


async def test_only_to_the_same_person_and_only_to_what_they_may_see(talk: Talk) -> None:
    await talk.send("No water in Gatwekera", sender="baraka")
    (theirs,) = await talk.reports()
    await talk.send("My husband beats me")
    talk.wait(3600)
    (message,) = await talk.send("The road in Soko is bad")
    _, sealed, mine = await talk.reports()
    for reference in (theirs.reference, sealed.reference, "K7-4QF", ""):
        with pytest.raises(NotAllowed, match="no other report"):
            await _to(talk, await _act(talk, mine), message, reference)
    with pytest.raises(NotAllowed, match="only text"):
        await _own(talk, await _act(talk, mine), message)
    await _to(talk, await _act(talk, mine, "focal_point"), message, sealed.reference)
    _, sealed, mine = await talk.reports()
    assert (sealed.texts, sealed.text, mine.status) == (2, None, "merged")
    async with talk.town.database.reading() as session:
        decision = await session.scalar(select(Decision).where(Decision.report_id == mine.id))
        assert decision.after["to"] == "the vault"


async def test_what_leaves_a_sealed_account_stays_sealed_until_it_is_brought_back(talk: Talk) -> None:
    await talk.send("My husband beats me")
    talk.wait(5)
    (road,) = await talk.send("The road in Soko is bad")
    (sealed,) = await talk.reports()
    with pytest.raises(NotFound):
        await _own(talk, await _act(talk, sealed), road)
    await _own(talk, await _act(talk, sealed, "focal_point"), road)
    first, own = await talk.reports()
    assert (own.sensitive, own.text, own.area, own.status) == (True, None, None, "in_review")
    async with talk.town.database.reading() as session:
        kept = await session.get_one(Vault, own.id)
        assert "road in Soko" in talk.town.secrets.unseal(kept.content or b"")
        assert "road" not in talk.town.secrets.unseal((await session.get_one(Vault, first.id)).content or b"")
    act = await _act(talk, own, "focal_point")
    async with talk.town.database.writing() as session:
        await protection.unprotect(session, talk.town.secrets, act, "about a road")
    _, own = await talk.reports()
    assert own.text == "The road in Soko is bad"


async def test_a_page_that_is_old_moves_nothing(talk: Talk) -> None:
    await talk.send("No water in Gatwekera")
    talk.wait(5)
    (second,) = await talk.send("The road in Soko is bad")
    (whole,) = await talk.reports()
    act = await _act(talk, whole)
    talk.wait(5)
    await talk.send("and dust")
    with pytest.raises(NotAllowed, match="while you were reading"):
        await _own(talk, act, second)
    assert len(await talk.reports()) == 1


async def test_erased_words_move_nowhere(talk: Talk) -> None:
    await talk.send("No water in Gatwekera")
    talk.wait(5)
    (second,) = await talk.send("The road in Soko is bad")
    talk.wait(timedelta(minutes=1).total_seconds())
    await talk.send("FORGET")
    talk.wait(5)
    await talk.send("YES")
    (whole,) = await talk.reports()
    with pytest.raises(NotFound):
        await _own(talk, await _act(talk, whole), second)
