"""What people say of themselves: shares of those who answered, and no way to work out who few are."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from service import reporters
from service.db import Database
from service.models import Message, Reporter
from service.programme import Programme
from service.programme.schema import Choice, Question
from service.summaries.described import ANSWERED, SILENT, UNASKED, Described, load_described, share_out
from service.summaries.periods import last_week
from service.summaries.shares import Share
from tests.service.folk import person, report
from tests.service.summaries.towns import town

MINIMUM = 5


def _town() -> Programme:
    choices = [Choice(code=code, label={"en": code.title()}) for code in ("tenant", "vendor", "rider", "nurse")]
    questions = {"group": Question(ask={"en": "Which are you?"}, choices=choices)}
    return town().model_copy(update={"rules": town().rules.model_copy(update={"questions": questions})})


async def _answer(database: Database, at: datetime, groups: dict[str, int], asked: int = 0, unasked: int = 0) -> None:
    """So many people who reported and chose; `asked` and `unasked` ones said nothing."""
    said: list[dict[str, object]] = [
        {"groups": {"group": code}, "asked": ["group"]} for code, number in groups.items() for _ in range(number)
    ]
    said += [{"asked": ["group"]}] * asked + [{}] * unasked
    async with database.writing() as session:
        for values in said:
            await report(session, await person(session, at, **values), at, "n1", "water")


async def _described(database: Database, now: datetime) -> Described:
    async with database.reading() as session:
        (found,) = await load_described(session, _town(), *last_week(now, town().zone).bounds(town().zone))
    return found


@pytest.fixture
def at(now: datetime) -> datetime:
    return last_week(now, town().zone).bounds(town().zone)[0] + timedelta(hours=1)


async def test_shares_are_of_the_people_who_answered(database: Database, now: datetime, at: datetime) -> None:
    await _answer(database, at, {"vendor": 15, "tenant": 25, "abolished": 3}, asked=7, unasked=50)
    found = await _described(database, now)
    assert list(found.choices.items()) == [("tenant", Share("about", 60)), ("vendor", Share("about", 40))]
    assert found.hidden == ("rider", "nurse")
    assert found.reached == {UNASKED: Share("about", 50), ANSWERED: Share("about", 40), SILENT: Share("about", 10)}


async def test_a_person_counts_once_also_where_their_report_follows_another(
    database: Database, now: datetime, at: datetime
) -> None:
    await _answer(database, at, {"tenant": 5, "vendor": 4})
    async with database.writing() as session:
        vendor = await person(session, at, groups={"group": "vendor"}, asked=["group"])
        tenant = await person(session, at, groups={"group": "tenant"}, asked=["group"])
        main = await report(session, tenant, at, "n1", "water")
        await report(session, tenant, at, "n2", "roads")
        await report(session, vendor, at, "n1", "water", status="merged", merged_into=main.id)
    assert set((await _described(database, now)).choices) == {"tenant", "vendor"}


@pytest.mark.parametrize(
    "values", [{"sensitive": True}, {"status": "rejected"}, {"programme": "elsewhere"}, {"status": "in_review"}]
)
async def test_who_is_not_in_the_figures_is_not_in_these(
    database: Database, now: datetime, at: datetime, values: dict[str, object]
) -> None:
    await _answer(database, at, {"tenant": 9, "vendor": 4})
    async with database.writing() as session:
        vendor = await person(session, at, groups={"group": "vendor"}, asked=["group"])
        await report(session, vendor, at, "n1", "water", **values)
    assert (await _described(database, now)).choices == {}


async def test_whoever_is_forgotten_has_said_nothing(database: Database, now: datetime, at: datetime) -> None:
    await _answer(database, at, {"tenant": 9, "vendor": 5})
    assert set((await _described(database, now)).choices) == {"tenant", "vendor"}
    async with database.writing() as session:
        vendor = (await session.scalars(select(Reporter).order_by(Reporter.id.desc()).limit(1))).one()
        message = Message(
            programme="village",
            channel=vendor.channel,
            direction="in",
            pseudonym=vendor.pseudonym,
            reporter_id=vendor.id,
            state="done",
            created_at=now,
        )
        session.add(message)
        await session.flush()
        await reporters.forget(session, vendor, message, now)
    assert (await _described(database, now)).choices == {}


@pytest.mark.parametrize(
    ("sizes", "shown"),
    [
        pytest.param((), "", id="nobody"),
        pytest.param((2, 2), "", id="too few in all"),
        pytest.param((4,), "", id="one choice of too few"),
        pytest.param((20, 20), "ab", id="two of enough"),
        pytest.param((20, 20, 0, 0), "ab", id="nobody is left out with nobody"),
        pytest.param((20, 19, 2), "a", id="one left out takes the next with it"),
        pytest.param((20, 19, 3, 2), "ab", id="two left out are enough between them"),
        pytest.param((20, 19, 3, 1), "a", id="two left out are too few"),
        pytest.param((9, 2), "", id="two choices, and one of them small"),
        pytest.param((200, 2), "a", id="nearly all, in words"),
    ],
)
def test_what_is_left_out_cannot_be_worked_out(sizes: tuple[int, ...], shown: str) -> None:
    numbers = iter(range(sum(sizes)))
    parts = {name: {next(numbers) for _ in range(size)} for name, size in zip("abcd", sizes, strict=False)}
    found = share_out(parts, MINIMUM)
    assert "".join(found) == shown
    left = sum(len(parts[name]) for name in parts if name not in found)
    assert left == 0 or left >= MINIMUM or not found or [s.kind for s in found.values()] == ["most"]
