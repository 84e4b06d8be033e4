"""How long pages take where much was reported: the second of two visits of each, by a focal point.

Run: python -m benchmarks.pages [--reports N]. A made-up town on SQLite in a temporary folder; one report in ten waits to be read.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import tempfile
import time
from datetime import UTC, datetime

import structlog
from aiohttp import ClientSession, CookieJar
from rich.console import Console
from rich.table import Table
from sqlalchemy import insert, literal, select, update

from benchmarks.digests import fill, town
from service import main as product
from service.models import Message, Report
from service.programme import Programme
from service.rehearsal import add_people
from service.settings import Settings

LOGIN, PASSWORD = "bench", "a password of the benchmark"
WAITING = 10
"""One report in so many."""
PAGES = (
    "/",
    "/figures/{code}",
    "/desk/{code}",
    "/desk/{code}?status=all",
    "/desk/{code}?words=somewhere",
    "/desk/{code}/reports/{reference}",
    "/desk/{code}/reports/{reference}/alike",
    "/desk/{code}/answers",
    "/desk/{code}/held",
    "/desk/{code}/themes",
    "/desk/{code}/troubles",
    "/metrics",
)


async def measure(reports: int) -> dict[str, float]:
    """Milliseconds for each page."""
    programme = town(officials=20)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.model_validate({"var": folder, "port": 0})
        async with product.open_house(settings, {programme.code: programme}) as house:
            await fill(house.database, programme, reports)
            await _let_wait(house, programme)
            await add_people(house.database, {LOGIN: "focal_point"}, PASSWORD, [programme.code], datetime.now(UTC))
            async with product.serve(house) as port:
                return await _visit(f"http://127.0.0.1:{port}", programme.code)


async def _let_wait(house: product.House, programme: Programme) -> None:
    """A text for each report, and some reports that nobody has read."""
    async with house.database.writing() as session:
        waiting = update(Report).where(Report.id % WAITING == 0).values(status="in_review", accepted_by=None)
        await session.execute(waiting)
        columns = ("programme", "channel", "reporter_id", "report_id", "created_at", "due_at", "direction", "state")
        told = select(
            *(Report.programme, Report.channel, Report.reporter_id, Report.id, Report.received_at, Report.received_at),
            *(literal("in"), literal("done")),
        )
        await session.execute(insert(Message).from_select(columns, told))


async def _visit(base: str, code: str) -> dict[str, float]:
    async with ClientSession(base, cookie_jar=CookieJar(unsafe=True), headers={"Accept": "text/html"}) as http:
        form = await _get(http, "/login")
        token = re.search(r'name="csrf" value="([^"]+)"', form)
        assert token is not None
        async with http.post("/login", data={"csrf": token[1], "login": LOGIN, "password": PASSWORD}) as answer:
            assert answer.url.path.startswith("/desk")
        reference = re.search(rf"/desk/{code}/reports/([^/?\"]+)", await _get(http, f"/desk/{code}"))
        assert reference is not None
        found = {}
        for page in PAGES:
            address = page.format(code=code, reference=reference[1])
            await _get(http, address)
            begun = time.perf_counter()
            await _get(http, address)
            found[page] = (time.perf_counter() - begun) * 1e3
        return found


async def _get(http: ClientSession, address: str) -> str:
    async with http.get(address) as answer:
        answer.raise_for_status()
        return await answer.text()


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--reports", type=int, default=100_000)
    reports = options.parse_args().reports
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    table = Table("page", "ms", title=f"Pages over {reports:,} reports, one in {WAITING} waiting")
    for page, milliseconds in asyncio.run(measure(reports)).items():
        table.add_row(page, f"{milliseconds:.0f}")
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
