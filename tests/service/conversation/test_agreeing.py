"""A yes or no to "nothing is passed on unless you agree" reaches the trained person who reads the account."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from service.models import Vault
from tests.service.conversation.talking import Talk


async def vault(talk: Talk) -> str:
    async with talk.town.database.reading() as session:
        return talk.town.secrets.unseal((await session.scalars(select(Vault.content))).one() or b"")


@pytest.mark.parametrize("word", ["YES", "No", "ndiyo", "hapana, asante"])
async def test_it_is_sealed_with_the_account(talk: Talk, word: str) -> None:
    await talk.send("My husband beats me")
    talk.wait(600)
    (message,) = await talk.send(word)
    await talk.work()
    (report,) = await talk.reports()
    assert (message.purpose, message.report_id, report.sensitive, report.text) == ("follow_up", report.id, True, None)
    assert word in await vault(talk)
    assert (await talk.town.replies())[-1] == f"Thank you. Added to {report.reference}."


async def test_a_number_or_a_word_days_later_is_none(talk: Talk) -> None:
    await talk.send("My husband beats me")
    talk.wait(600)
    (number,) = await talk.send("2")
    talk.wait(4 * 86400)
    (late,) = await talk.send("YES")
    assert (number.purpose, late.purpose) == ("empty", "empty")


async def test_after_an_open_account_a_yes_still_answers_nothing(talk: Talk) -> None:
    await talk.send("No water in Gatwekera")
    talk.wait(600)
    (message,) = await talk.send("YES")
    assert message.purpose == "empty"
