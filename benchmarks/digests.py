"""The weekly run of digests: 200 officials over 100,000 reports, to be under 60 s.

Run: python -m benchmarks.digests [--officials N] [--reports N]. A made-up town of 200 areas and 14 subjects on SQLite in a
temporary folder, with thirteen weeks of reports. Freezing and writing the letters as files are timed apart, and the
public figures beside them.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from rich.console import Console
from rich.table import Table
from sqlalchemy import insert

from dashboards.digest import render
from service import migration
from service.db import Database, open_database
from service.jobs.context import Context
from service.jobs.send_digests import freeze_due, send_digests
from service.models import Report, ReportCategory, Reporter
from service.programme import Programme, load
from service.programme.schema import Area, Category, Official
from service.secrets import Secrets
from service.settings import Settings
from service.summaries.public import public_figures

LIMIT_SECONDS = 60.0
BASE = Path(__file__).parents[1] / "programmes" / "nairobi"
WARDS, VILLAGES, SUBJECTS = 20, 9, 14
NOW = datetime(2026, 11, 29, 15, 0, tzinfo=UTC)
"""A Sunday evening: every official's digest of the week is due."""
DAYS = 91


def town(officials: int) -> Programme:
    """Wards of villages; a third of the officials for a ward, a third for a subject, a third for a village."""
    base = load(BASE)
    wards = [f"w{ward}" for ward in range(WARDS)]
    villages = [(f"{ward}v{village}", ward) for ward in wards for village in range(VILLAGES)]
    areas = [Area(code=ward, name=f"Ward {ward}", level="ward", population=40_000) for ward in wards]
    areas += [Area(code=code, name=f"Village {code}", parent=ward, level="village") for code, ward in villages]
    subjects = [Category(code=f"s{number}", label={"en": f"Subject {number}"}) for number in range(SUBJECTS)]

    def hold(number: int) -> Official:
        kind = number % 3
        area = ("*", wards[number % WARDS], villages[number % len(villages)][0])[kind]
        return Official(
            name=f"Official {number}",
            email=f"official{number}@example.org",
            office="Office",
            areas=(area,),
            categories=(f"s{number % SUBJECTS}",) if kind == 0 else ("*",),
            language="en",
            weekday="monday",
            hour=8,
        )

    return base.model_copy(
        update={
            "areas": tuple(areas),
            "categories": tuple(subjects),
            "places": (),
            "officials": tuple(hold(number) for number in range(officials)),
        }
    )


async def fill(database: Database, programme: Programme, reports: int) -> None:
    """Reports of two fifths as many people; a few areas and subjects have most, as they do."""
    chance = random.Random(2026)
    people = max(1, reports * 2 // 5)
    villages = [area.code for area in programme.areas if area.parent]
    weights = [1 / (rank + 5) for rank in range(len(villages))]
    subjects = [category.code for category in programme.categories]
    subject_weights = [1 / (rank + 1) for rank in range(len(subjects))]

    def reporter(number: int) -> dict[str, Any]:
        known = {"id": number, "programme": programme.code, "channel": "bench/web", "pseudonym": f"{number:040x}"}
        return known | {"quotable": number % 3 == 0, "groups": {}, "created_at": NOW, "last_seen_at": NOW}

    def report(number: int) -> dict[str, Any]:
        at = NOW - timedelta(days=chance.random() * DAYS)
        return {
            "id": number,
            "reference": f"R{number:06d}",
            "programme": programme.code,
            "channel": "bench/web",
            "reporter_id": chance.randint(1, people),
            "status": chance.choices(("accepted", "forwarded", "answered", "resolved", "disputed"), (3, 3, 2, 2, 1))[0],
            "text": "Words of somebody about something somewhere.",
            "language": "en",
            "area": chance.choices(villages, weights)[0] if chance.random() < 0.85 else None,
            "accepted_by": chance.choice(("person", "machine")),
            "received_at": at,
        }

    def subject(number: int) -> dict[str, Any]:
        code = chance.choices(subjects, subject_weights)[0]
        return {"report_id": number, "code": code, "score": 0.9, "why": "", "by": "machine"}

    for model, make, count in (
        (Reporter, reporter, people),
        (Report, report, reports),
        (ReportCategory, subject, reports),
    ):
        await _insert(database, model, make, count)


async def _insert(database: Database, model: type[Any], make: Callable[[int], dict[str, Any]], count: int) -> None:
    for start in range(1, count + 1, 5000):
        async with database.writing() as session:
            await session.execute(insert(model), [make(n) for n in range(start, min(start + 5000, count + 1))])


async def measure(officials: int, reports: int) -> dict[str, float]:
    """Seconds for each part."""
    programme = town(officials)
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.model_validate({"var": folder})
        database = open_database(settings.sqlalchemy_url())
        try:
            await migration.upgrade(database.engine)
            await fill(database, programme, reports)
            secrets = Secrets(settings.master_key())
            context = Context(database, secrets, {programme.code: programme}, settings, render)
            began = time.perf_counter()
            made = await freeze_due(context, programme, NOW)
            assert made == officials
            found["count and freeze"] = time.perf_counter() - began
            began = time.perf_counter()
            await send_digests(context, NOW)
            found["sign and write letters"] = time.perf_counter() - began
            assert len(list((settings.var / "mail").glob("*.eml"))) == officials
            found["whole run"] = sum(found.values())
            began = time.perf_counter()
            async with database.reading() as session:
                await public_figures(session, programme, NOW)
            found["public figures"] = time.perf_counter() - began
        finally:
            await database.close()
    return found


def main() -> None:
    """Print the table; fail where the run is over its limit."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--officials", type=int, default=200)
    options.add_argument("--reports", type=int, default=100_000)
    chosen = options.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    found = asyncio.run(measure(chosen.officials, chosen.reports))
    table = Table(title=f"Digests for {chosen.officials} officials over {chosen.reports:,} reports")
    table.add_column("part")
    table.add_column("seconds", justify="right")
    for name, seconds in found.items():
        table.add_row(name, f"{seconds:.1f}")
    Console().print(table)
    if found["whole run"] > LIMIT_SECONDS:
        raise SystemExit(f"over the limit of {LIMIT_SECONDS:.0f} s")


if __name__ == "__main__":
    main()
