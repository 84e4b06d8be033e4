"""A moderator writes to a reporter: the cost is seen, it goes once, it is written down, and STOP is respected."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import select, update

from channels import build
from channels.segments import count
from service import replies
from service.db import Database
from service.keys import CHANNELS, PROGRAMMES
from service.models import Audit, Message, Report, Reporter
from service.programme import Programme
from service.programme.schema import ChannelEntry, QuietHours
from service.programme.sorts import Cost
from service.secrets import Secrets
from service.workflow import NotAllowed
from tests.dashboards.conftest import Start
from tests.dashboards.desk import DESK, HTML, ON_SQLITE, Client, log_in, member, page, token
from tests.service.making import make_report, make_sensitive, make_user

WORDS = "We have told the water office twice. Is it the same tap?"


def _with(programme: Programme, entry: ChannelEntry | None = None, **rules: Any) -> Programme:
    channels = (*programme.channels[:1], entry or programme.channels[1], *programme.channels[2:])
    return programme.model_copy(update={"rules": programme.rules.model_copy(update=rules), "channels": channels})


async def _reach(database: Database, secrets: Secrets, report: Report, **values: Any) -> None:
    """Give the reporter of a report an address, and other values."""
    async with database.writing() as session:
        person = update(Reporter).where(Reporter.id == report.reporter_id)
        await session.execute(person.values({"address": secrets.seal("+254700000001"), "language": "sw"} | values))


async def _opened(database: Database, start: Start, app: web.Application, role: str = "moderator") -> Client:
    await member(database, "asha", role)
    client = await start(app)
    assert (await log_in(client, "asha")).status == 303
    return client


async def _post(client: Client, report: Report, path: str = "reply", **fields: str) -> tuple[int, str]:
    """Send the form of the reply page; status and page."""
    where = f"{DESK}/reports/{report.reference}"
    text = await page(client, f"{where}/reply")
    found = re.search(r'name="key" value="([^"]+)"', text)
    assert found is not None
    seen = str(count(replies.clean(fields["text"])).segments)
    form = {"csrf": await token(client, f"{where}/reply"), "key": unescape(found[1]), "seen": seen} | fields
    response = await client.post(f"{where}/{path}", data=form, headers=HTML, allow_redirects=False)
    return response.status, await response.text()


async def _written(database: Database) -> list[Message]:
    async with database.reading() as session:
        return list(await session.scalars(select(Message).where(Message.purpose == "written").order_by(Message.id)))


@ON_SQLITE
async def test_the_cost_is_seen_before_it_is_sent(
    database: Database, secrets: Secrets, programme: Programme, start: Start, make_app: Any
) -> None:
    app = make_app()
    app[PROGRAMMES] = {"village": _with(programme, cost_per_segment=Cost(amount=Decimal("0.8"), currency="KES"))}
    client = await _opened(database, start, app)
    report = await make_report(database, datetime.now(UTC))
    await _reach(database, secrets, report)
    where = f"{DESK}/reports/{report.reference}"
    assert f'href="{where}/reply"' in await page(client, where)
    blank = await page(client, f"{where}/reply")
    assert "Our texts to them are in <strong>Kiswahili</strong>" in blank
    assert "0 SMS" not in blank
    status, weighed = await _post(client, report, do="preview", text=WORDS)
    assert (status, await _written(database)) == (200, [])
    for part in ("1 SMS", "GSM-7", "KES 0.80", WORDS):
        assert part in weighed, part
    _, dear = await _post(client, report, do="preview", text="Asante sana — tutakujulisha. " * 5)
    for part in ("3 SMS", "UCS-2", "KES 2.40", ">—<"):
        assert part in dear, part
    assert 'name="seen" value="1"' in weighed
    for seen in ("", "2"):
        status, again = await _post(client, report, do="send", text=WORDS, seen=seen)
        assert (status, "1 SMS" in again, await _written(database)) == (200, True, []), "its cost was not seen"
    _, live = await _post(client, report, "weigh", text="Piga 0712345678 uulize Wanjiku")
    assert "1 SMS" in live
    assert "It seems to hold a number" in live
    assert "<html" not in live


@ON_SQLITE
async def test_it_goes_once_and_stands_in_the_history(
    database: Database, secrets: Secrets, programme: Programme, start: Start, make_app: Any
) -> None:
    client = await _opened(database, start, make_app())
    report = await make_report(database, datetime.now(UTC))
    await _reach(database, secrets, report)
    key = "k" * 24
    for _ in range(2):
        assert (await _post(client, report, do="send", text=f"{WORDS} 0712345678", key=key))[0] == 303
    (message,) = await _written(database)
    assert secrets.unseal(message.body or b"") == f"{WORDS} 0712345678"
    assert (message.state, message.priority, message.report_id) == ("queued", 1, report.id)
    text = await page(client, f"{DESK}/reports/{report.reference}")
    assert "is on its way" in text
    assert WORDS in text
    assert "0712345678" not in text, "the desk shows no personal number"
    assert "wrote to the reporter" in text
    async with database.reading() as session:
        told = (await session.scalars(select(Audit).where(Audit.act == "reply"))).one()
    assert told.detail == {"segments": 1, "language": "sw"}


@ON_SQLITE
@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"stopped_at": datetime.now(UTC)}, "They sent STOP"),
        ({"address": None}, "had themselves forgotten"),
        ({"channel": "village/import"}, "no more in channels.yaml"),
    ],
)
async def test_who_cannot_be_texted_is_not(
    database: Database, secrets: Secrets, start: Start, make_app: Any, values: dict[str, Any], why: str
) -> None:
    client = await _opened(database, start, make_app())
    report = await make_report(database, datetime.now(UTC))
    await _reach(database, secrets, report, **values)
    where = f"{DESK}/reports/{report.reference}"
    text = await page(client, f"{where}/reply")
    assert why in text
    assert "<textarea" not in text
    form = {"csrf": await token(client, where), "key": "k" * 24, "seen": "1", "text": WORDS}
    # It happened while they wrote, or while they logged in: what they wrote is theirs to copy.
    for do, status in (("send", 409), ("preview", 200)):
        refused = await client.post(f"{where}/reply", data=form | {"do": do}, headers=HTML, allow_redirects=False)
        assert (refused.status, await _written(database)) == (status, [])
        shown = await refused.text()
        assert (shown.count(why), shown.count(f">{WORDS}</textarea>"), 'name="do"' in shown) == (1, 1, False)


@ON_SQLITE
async def test_a_reply_that_does_not_do_is_kept_in_the_form(
    database: Database, secrets: Secrets, start: Start, make_app: Any
) -> None:
    client = await _opened(database, start, make_app())
    report = await make_report(database, datetime.now(UTC))
    await _reach(database, secrets, report)
    for text, key in ((" ", "k" * 24), ("x" * 601, "k" * 24), (WORDS, "short")):
        status, shown = await _post(client, report, do="send", text=text, key=key)
        assert (status, text.strip() in shown) == (409, True)
    assert await _written(database) == []


@ON_SQLITE
async def test_quiet_hours_and_a_closed_window_are_said(
    database: Database, secrets: Secrets, programme: Programme, start: Start, make_app: Any
) -> None:
    app = make_app()
    keys = {"phone_number_id": "1", "access_token": "a", "app_secret": "b", "verify_token": "c"}
    app[CHANNELS] = {**app[CHANNELS], "village/sms": build("whatsapp", keys)}
    client = await _opened(database, start, app)
    report = await make_report(database, datetime.now(UTC))
    await _reach(database, secrets, report)
    always = QuietHours.model_validate({"from": "00:00", "to": "23:59"})
    whatsapp = ChannelEntry(name="sms", type="whatsapp")
    cases = (
        (_with(programme, whatsapp), "waits until they write again"),
        (
            _with(
                programme,
                ChannelEntry.model_validate(
                    {
                        "name": "sms",
                        "type": "whatsapp",
                        "templates": {"written": {"sw": {"name": "note", "language": "sw", "values": ["text"]}}},
                    }
                ),
            ),
            "as the wording their app approved",
        ),
    )
    app[PROGRAMMES]["village"] = _with(programme, quiet_hours=always)
    assert "It goes out at" in await page(client, f"{DESK}/reports/{report.reference}/reply")
    await _reach(database, secrets, report, last_seen_at=datetime.now(UTC) - timedelta(days=2))
    for there, said in cases:
        app[PROGRAMMES]["village"] = there
        assert said in await page(client, f"{DESK}/reports/{report.reference}/reply"), said


@ON_SQLITE
@pytest.mark.parametrize(("number", "closed"), [("whatsapp:+254700000001", True), ("+254700000001", False)])
async def test_the_window_is_that_of_the_app_they_write_with(
    database: Database, secrets: Secrets, start: Start, make_app: Any, number: str, closed: bool
) -> None:
    app = make_app()
    keys = {"account_sid": "AC1", "auth_token": "a", "from_number": "MG1"}
    app[CHANNELS] = {**app[CHANNELS], "village/sms": build("twilio", keys)}
    client = await _opened(database, start, app)
    report = await make_report(database, datetime.now(UTC))
    seen = datetime.now(UTC) - timedelta(days=2)
    await _reach(database, secrets, report, address=secrets.seal(number), last_seen_at=seen)
    text = await page(client, f"{DESK}/reports/{report.reference}/reply")
    assert ("waits until they write again" in text) == closed


@ON_SQLITE
async def test_only_focal_points_reply_to_a_sensitive_account_and_read_what_was_written(
    database: Database, secrets: Secrets, start: Start, make_app: Any
) -> None:
    report = await make_sensitive(database, secrets, datetime.now(UTC), text="he hurt her")
    await _reach(database, secrets, report)
    app = make_app()
    moderator = await _opened(database, start, app)
    where = f"{DESK}/reports/{report.reference}"
    await page(moderator, f"{where}/reply", 404)
    form = {"csrf": await token(moderator, DESK), "key": "k" * 24, "do": "send", "text": WORDS}
    for path in ("reply", "weigh"):
        assert (await moderator.post(f"{where}/{path}", data=form, headers=HTML)).status == 404
    await member(database, "fatuma", "focal_point")
    focal = await start(make_app())
    await log_in(focal, "fatuma")
    shown = await page(focal, f"{where}/reply")
    assert "Somebody else may read their phone" in shown
    assert "he hurt her" not in shown
    assert (await _post(focal, report, do="send", text=WORDS))[0] == 303
    assert WORDS not in await page(focal, where), "sealed until it is opened"
    opened = await focal.post(f"{where}/open", data={"csrf": await token(focal, where)}, headers=HTML)
    assert WORDS in await opened.text()


async def test_two_who_send_the_same_form_send_one_text(
    database: Database, secrets: Secrets, programme: Programme, now: datetime
) -> None:
    asha = await make_user(database, "asha", {}, now)
    report = await make_report(database, now)
    await _reach(database, secrets, report, stopped_at=None)
    for key, texts in (("a" * 20, 1), ("a" * 20, 1), ("b" * 20, 2)):
        async with database.writing() as session:
            await replies.send(
                session,
                secrets,
                programme,
                report.reference,
                "moderator",
                asha,
                " Hello\r\n\r\n\r\n\r\nthere\0 ",
                key,
                now,
            )
        assert len(await _written(database)) == texts
    assert secrets.unseal((await _written(database))[0].body or b"") == "Hello\n\nthere"
    await _reach(database, secrets, report, stopped_at=now)
    async with database.writing() as session:
        with pytest.raises(NotAllowed, match="STOP"):
            await replies.send(session, secrets, programme, report.reference, "moderator", asha, WORDS, "c" * 20, now)
