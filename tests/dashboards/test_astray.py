"""Addresses that take forms only, asked for as pages: somebody pressed Enter in the address bar, or came back by a mark."""

from __future__ import annotations

from datetime import UTC, datetime

from service.db import Database
from service.secrets import Secrets
from tests.dashboards.conftest import Start
from tests.dashboards.desk import DESK, HTML, ON_SQLITE, logged_in, page
from tests.service.making import make_sensitive

pytestmark = ON_SQLITE


async def test_every_address_of_the_desk_leads_to_a_page(database: Database, secrets: Secrets, start: Start) -> None:
    client = await logged_in(database, start, "focal_point")
    assert client.app is not None
    report = await make_sensitive(database, secrets, datetime.now(UTC), text="he hurt her")
    parts = {"programme": "village", "reference": report.reference, "channel": "web"}
    methods: dict[str, set[str]] = {}
    for route in client.app.router.routes():
        if route.resource is not None:
            methods.setdefault(route.resource.canonical, set()).add(route.method)
    only_forms = [path for path, found in methods.items() if path.startswith("/desk/") and found == {"POST"}]
    assert len(only_forms) > 20
    for path in only_forms:
        address = "/".join(parts.get(part[1:-1], "7") if part.startswith("{") else part for part in path.split("/"))
        response = await client.get(address, headers=HTML, allow_redirects=False)
        assert response.status == 303, path
        if "/people" not in path:
            await page(client, response.headers["Location"])


async def test_it_is_the_nearest_page_above_with_its_filters(database: Database, start: Start) -> None:
    client = await logged_in(database, start)
    for asked, page_above in (
        (f"{DESK}/reports/K7-4QF/open?status=all&words=a%20b", f"{DESK}/reports/K7-4QF?status=all&words=a%20b"),
        (f"{DESK}/troubles/all/again", f"{DESK}/troubles"),
        (f"{DESK}/unread/erase", DESK),
    ):
        response = await client.get(asked, headers=HTML, allow_redirects=False)
        assert (response.status, response.headers["Location"]) == (303, page_above)
    assert (await client.head(f"{DESK}/unread", headers=HTML, allow_redirects=False)).status == 405
    assert (await client.get(f"{DESK}/nowhere/at/all", headers=HTML)).status == 404
