"""Who may open what: every route of the desk, for every role, with a loop over the application's own routes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from service.db import Database
from service.secrets import Secrets
from tests.dashboards.conftest import Start
from tests.dashboards.desk import HTML, ON_SQLITE, Client, log_in, member, token
from tests.service.making import make_report, make_sensitive

pytestmark = ON_SQLITE
OPEN = {"/login", "/logout"}
NEEDS: dict[str, str] = {
    "POST /desk/{programme}/reports/{reference}/open": "focal_point",
    "POST /desk/{programme}/reports/{reference}/refer": "focal_point",
    "POST /desk/{programme}/reports/{reference}/unprotect": "focal_point",
    "POST /desk/{programme}/reports/{reference}/close": "focal_point",
    "GET /desk/{programme}/people": "admin",
    "POST /desk/{programme}/people": "admin",
    "POST /desk/{programme}/people/{user}/role": "admin",
    "POST /desk/{programme}/people/{user}/password": "admin",
    "POST /desk/{programme}/people/{user}/disable": "admin",
    "POST /desk/{programme}/people/{user}/enable": "admin",
}
"""What takes more than a moderator."""
NUMBERED = {"{user}", "{answer}", "{message}", "{channel}", "{act}", "{file}", "{theme}"}
"""Parts of an address that name something the test has not made: those are 404 for everybody."""
OPENS = {
    "moderator": {"moderator"},
    "focal_point": {"moderator", "focal_point"},
    "admin": {"moderator", "admin"},
}


def desk_routes(client: Client) -> list[tuple[str, str]]:
    """(method, pattern) of every route behind the log-in."""
    found = []
    for route in client.server.app.router.routes():  # type: ignore[attr-defined]
        pattern = route.resource.canonical if route.resource is not None else ""
        if pattern.startswith(("/desk", "/account", "/log")) and route.method != "HEAD" and pattern not in OPEN:
            found.append((route.method, pattern))
    return found


def address(pattern: str, reference: str, programme: str = "village") -> str:
    return pattern.format(
        programme=programme,
        reference=reference,
        answer="1",
        message="1",
        user="999",
        channel="sms",
        act="again",
        theme="1",
        file="1",
    )


async def test_every_route_is_named_once_and_none_answers_without_log_in(
    database: Database, start: Start, now: datetime
) -> None:
    report = await make_report(database, now)
    client = await start()
    csrf = await token(client)
    routes = desk_routes(client)
    assert len(routes) >= 20
    assert set(NEEDS) <= {f"{method} {pattern}" for method, pattern in routes}
    for method, pattern in routes:
        path = address(pattern, report.reference)
        response = await client.request(method, path, data={"csrf": csrf}, headers=HTML, allow_redirects=False)
        assert response.status == 303, (method, pattern)
        assert response.headers["Location"].startswith("/login?next="), (method, pattern)
        assert report.reference not in await response.text()


@pytest.mark.parametrize("role", OPENS)
async def test_every_route_opens_for_its_roles_and_for_no_other(
    database: Database, secrets: Secrets, start: Start, now: datetime, role: str
) -> None:
    report = await make_report(database, now)
    sealed = await make_sensitive(database, secrets, now, text="he hurt her")
    await member(database, "asha", role)
    client = await start()
    await log_in(client, "asha")
    csrf = await token(client, "/account")
    for method, pattern in desk_routes(client):
        if "{programme}" not in pattern:
            continue
        name = f"{method} {pattern}"
        needed = NEEDS.get(name, "moderator")
        reference = sealed.reference if needed == "focal_point" else report.reference
        for programme in ("village", "town"):
            path = address(pattern, reference, programme)
            response = await client.request(method, path, data={"csrf": csrf}, headers=HTML, allow_redirects=False)
            if programme == "town" or needed not in OPENS[role]:
                assert response.status == 404, name
            elif not NUMBERED & set(pattern.split("/")):
                assert response.status in (200, 303, 409), name


@pytest.mark.parametrize("role", ["moderator", "admin"])
async def test_a_sensitive_report_is_nowhere_for_others(
    database: Database, secrets: Secrets, start: Start, role: str
) -> None:
    await member(database, "asha", role)
    report = await make_sensitive(database, secrets, datetime.now(UTC), text="he hurt her at Kosovo", language="sw")
    client = await start()
    await log_in(client, "asha")
    csrf = await token(client, "/account")
    desk = "/desk/village"
    for path in (
        desk,
        f"{desk}?status=all",
        f"{desk}?words={report.reference}",
        f"{desk}?words=hurt&status=all",
        f"{desk}?language=sw&status=all",
        f"{desk}/answers",
        f"{desk}/troubles",
    ):
        page = await (await client.get(path, headers=HTML)).text()
        shown = page.replace(f'value="{report.reference}"', "")
        assert report.reference not in shown, path
        assert "hurt her" not in page, path
        assert "Vault" not in page, path
    for method, pattern in desk_routes(client):
        if "{reference}" not in pattern:
            continue
        form = {"csrf": csrf, "revision": "0", "because": "test", "kind": "violence", "do": "accept", "note": "x"}
        path = address(pattern, report.reference)
        response = await client.request(method, path, data=form, headers=HTML, allow_redirects=False)
        assert response.status == 404, (method, pattern)
        assert "hurt" not in await response.text()
    vault = await client.get(f"{desk}?vault=yes", headers=HTML)
    assert vault.status == 404
