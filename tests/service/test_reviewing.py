"""The queue, its order, its filters and their counts, its pages; and that the vault is in none of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from nlp.analysis import CategoryFinding
from service import facets, reports, reviewing
from service.db import Database
from service.filters import NONE, Filters
from service.models import Report
from service.programme import Programme
from service.secrets import Secrets
from service.workflow import NotFound
from tests.service.conftest import WATER
from tests.service.making import make_report, make_sensitive, make_user

NO_ZONE = "1_0.5_2026-11-23T06:00:00_1"
HUGE = "1_0.5_2026-11-23T06:00:00+00:00_99999999999999999999"


async def texts(
    database: Database, programme: Programme, now: datetime, filters: Filters, role: str
) -> list[str | None]:
    async with database.reading() as session:
        queue = await reviewing.read_queue(session, programme, filters, role, now)
    return [line.text for line in queue.lines]


async def test_urgent_first_then_least_certain_then_oldest(
    database: Database, programme: Programme, now: datetime
) -> None:
    day = timedelta(days=1)
    await make_report(database, now, text="sure", certainty=0.9)
    await make_report(database, now, text="unsure", certainty=0.1)
    await make_report(database, now, text="unsure and older", certainty=0.1, age=day)
    await make_report(database, now, text="urgent and sure", certainty=0.9, urgent=True)
    await make_report(database, now, text="disputed", certainty=0.5, status="disputed")
    await make_report(database, now, text="done", certainty=0.0, status="accepted")
    await make_report(database, now, text="elsewhere", certainty=0.0, programme="town")
    assert await texts(database, programme, now, Filters(), "moderator") == [
        "urgent and sure",
        "unsure and older",
        "unsure",
        "disputed",
        "sure",
    ]


async def test_pages_hold_every_report_once(database: Database, programme: Programme, now: datetime) -> None:
    for number in range(23):
        await make_report(
            database,
            now,
            text=str(number),
            certainty=(number % 3) / 7,
            urgent=number % 5 == 0,
            age=timedelta(microseconds=number % 2),
        )
    seen: list[str | None] = []
    after: str | None = ""
    async with database.reading() as session:
        whole = await reviewing.read_queue(session, programme, Filters(), "moderator", now, limit=100)
        while after is not None:
            page = await reviewing.read_queue(session, programme, Filters(), "moderator", now, after=after, limit=4)
            seen += [line.text for line in page.lines]
            after = page.after
    assert seen == [line.text for line in whole.lines]
    assert len(set(seen)) == 23


async def test_a_made_up_key_is_no_page(database: Database, programme: Programme, now: datetime) -> None:
    async with database.reading() as session:
        for key in (
            "x",
            "1_2_3",
            "1_a_2026-11-23T06:00:00+00:00_1",
            "1_0.5_yesterday_1",
            "1_0.5_2026-11-23_1",
            "1_0.5_2026-11-23T06:00:00_1",
            HUGE,
        ):
            with pytest.raises(NotFound):
                await reviewing.read_queue(session, programme, Filters(), "moderator", now, after=key)


async def test_the_next_report_is_the_one_behind_that_nobody_reads_and_then_the_first(
    database: Database, programme: Programme, now: datetime
) -> None:
    asha = await make_user(database, "asha", {}, now)
    beth = await make_user(database, "beth", {}, now)
    first, second, third, last = [await make_report(database, now, certainty=sure) for sure in (0.1, 0.2, 0.3, 0.4)]
    async with database.writing() as session:
        taken = await session.get_one(Report, third.id)
        taken.claimed_by, taken.claimed_until = beth, now + timedelta(minutes=5)

    async def after(report: Any, user_id: int) -> str | None:
        async with database.reading() as session:
            key = reviewing.key(report)
            return await reviewing.following(session, programme, Filters(), "moderator", user_id, now, key)

    assert await after(first, asha) == second.reference
    assert await after(second, asha) == last.reference
    assert await after(second, beth) == third.reference
    assert await after(last, asha) == first.reference
    async with database.reading() as session:
        only = Filters(words="nothing says this")
        assert await reviewing.following(session, programme, only, "moderator", asha, now, reviewing.key(first)) is None


FOUND: dict[str, tuple[Filters, set[str]]] = {
    "category": (Filters(category="roads"), {"road"}),
    "no category": (Filters(category=NONE), {"100%_sure"}),
    "area with those below": (Filters(area="ridge"), {"road", "water"}),
    "area": (Filters(area="upper"), {"road"}),
    "no area": (Filters(area=NONE), {"100%_sure"}),
    "language": (Filters(language="sw"), {"water"}),
    "no language": (Filters(language=NONE), {"100%_sure"}),
    "channel": (Filters(channel="village/web"), {"water"}),
    "urgent": (Filters(urgent=True), {"road"}),
    "words": (Filters(words="WAT"), {"water"}),
    "words that look like a pattern": (Filters(words="%_s"), {"100%_sure"}),
    "status": (Filters(status="accepted"), {"done"}),
    "all": (Filters(status="all"), {"road", "water", "100%_sure", "done"}),
    "several": (Filters(area="ridge", language="en"), {"road"}),
    "unknown area": (Filters(area="atlantis"), set()),
    "hostile": (Filters(words="' OR 1=1 --", area="';--"), set()),
    "NUL": (Filters(words="wat\0er"), {"water"}),
}


async def fill(database: Database, now: datetime) -> None:
    await make_report(database, now, text="road", categories=("roads",), area="upper", urgent=True)
    await make_report(database, now, text="water", area="lower", language="sw", channel="village/web")
    await make_report(database, now, text="100%_sure", categories=(), language=None)
    await make_report(database, now, text="done", status="accepted", area="lower")


async def test_filters(database: Database, programme: Programme, now: datetime) -> None:
    await fill(database, now)
    for name, (filters, expected) in FOUND.items():
        assert set(await texts(database, programme, now, filters, "moderator")) == expected, name


async def test_a_reference_is_found_as_it_is_read_out(database: Database, programme: Programme, now: datetime) -> None:
    report = await make_report(database, now, text="road")
    await make_report(database, now, text="water")
    assert await texts(database, programme, now, Filters(words=report.reference.lower()), "moderator") == ["road"]


async def test_every_count_is_what_its_filter_shows(database: Database, programme: Programme, now: datetime) -> None:
    await fill(database, now)
    for base in (Filters(), Filters(area="ridge"), Filters(category="water", status="all"), Filters(words="a")):
        async with database.reading() as session:
            counts = await facets.count(session, programme, base, "moderator")
        for name in ("status", "category", "area", "language", "channel"):
            for value, number in getattr(counts, name).items():
                shown = await texts(database, programme, now, replace(base, **{name: value}), "moderator")
                assert number == len(shown), (base, name, value)
        urgent = await texts(database, programme, now, replace(base, urgent=True), "moderator")
        assert counts.urgent == len(urgent)
    async with database.reading() as session:
        counts = await facets.count(session, programme, Filters(), "moderator")
    assert counts.area == {"upper": 1, "ridge": 2, "lower": 1, NONE: 1}
    assert counts.category == {"roads": 1, "water": 1}
    assert counts.status == {"in_review": 3, "accepted": 1, "waiting": 3}


@pytest.mark.parametrize("role", ["moderator", "admin"])
async def test_the_vault_is_in_no_queue_search_or_count_of_others(
    database: Database, programme: Programme, secrets: Secrets, now: datetime, role: str
) -> None:
    report = await make_sensitive(database, secrets, now, text="he hurt her", language="sw", urgent=True)
    for filters in (
        Filters(),
        Filters(status="all"),
        Filters(words="hurt"),
        Filters(words=report.reference),
        Filters(status="all", urgent=True, language="sw"),
    ):
        assert await texts(database, programme, now, filters, role) == []
    async with database.reading() as session:
        counts = await facets.count(session, programme, Filters(status="all"), role)
        assert counts == facets.Counts({"waiting": 0}, {}, {}, {}, {}, 0, 0)
        for attempt in (
            reviewing.read_queue(session, programme, Filters(vault=True), role, now),
            facets.count(session, programme, Filters(vault=True), role),
            reviewing.following(session, programme, Filters(vault=True), role, 1, now, reviewing.key(report)),
        ):
            with pytest.raises(NotFound):
                await attempt


async def test_a_focal_point_has_the_vault_apart_and_not_in_search(
    database: Database, programme: Programme, secrets: Secrets, now: datetime
) -> None:
    await make_report(database, now, text="road")
    report = await make_sensitive(database, secrets, now, text="he hurt her")
    assert await texts(database, programme, now, Filters(), "focal_point") == ["road"]
    async with database.reading() as session:
        vault = await reviewing.read_queue(session, programme, Filters(vault=True), "focal_point", now)
        counts = await facets.count(session, programme, Filters(), "focal_point")
    assert [(line.reference, line.text) for line in vault.lines] == [(report.reference, None)]
    assert (counts.vault, counts.status["waiting"]) == (1, 1)
    assert await texts(database, programme, now, Filters(words="hurt", status="all"), "focal_point") == []
    assert await texts(database, programme, now, Filters(words=report.reference, vault=True), "focal_point") == []


async def test_the_number_of_queries_does_not_grow_with_the_page(
    database: Database, programme: Programme, now: datetime
) -> None:
    beth = await make_user(database, "beth", {}, now)
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    async def queries() -> int:
        statements.clear()
        async with database.reading() as session:
            queue = await reviewing.read_queue(session, programme, Filters(), "moderator", now)
            assert all(line.claimed_login == "beth" and line.categories == (("water", 0.71),) for line in queue.lines)
            await facets.count(session, programme, Filters(), "moderator")
        return len([statement for statement in statements if statement.startswith("SELECT")])

    claim = {"claimed_by": beth, "claimed_until": now + timedelta(minutes=1)}
    await make_report(database, now, **claim)
    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    one = await queries()
    for _ in range(9):
        await make_report(database, now, **claim)
    assert await queries() == one == 5
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)


@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
async def test_counts_beside_the_filters_read_what_waits_and_not_all_there_ever_was(
    database: Database, programme: Programme
) -> None:
    plans: list[str] = []

    def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        plans.append("; ".join(row[3] for row in cursor.fetchall()))

    event.listen(database.engine.sync_engine, "before_cursor_execute", explain)
    async with database.reading() as session:
        await facets.count(session, programme, Filters(), "focal_point")
    event.remove(database.engine.sync_engine, "before_cursor_execute", explain)
    ways = ("ix_reports_status", "ix_reports_waiting")
    assert [plan for plan in plans if "reports USING" in plan and not any(way in plan for way in ways)] == []
    assert sum("reports USING" in plan for plan in plans) == 4


@pytest.mark.parametrize(("score", "said"), [(0.42, "42"), (0.796, "79"), (0.7999, "79")])
def test_a_doubt_never_says_that_what_is_too_little_is_enough(programme: Programme, score: float, said: str) -> None:
    """Per cents are written as everywhere at the desk, with a space that does not break."""
    unsure = replace(WATER, categories=(CategoryFinding("water", score, "water"),))
    assert f"({said}\u00a0% sure, 80\u00a0% needed)" in reports.review_of(programme, unsure).reason
