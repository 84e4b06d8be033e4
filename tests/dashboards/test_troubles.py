"""The page of what stopped: every act of it, by the forms it shows."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

from sqlalchemy import select, update

from channels.smssync import SmsSync
from service.db import Database
from service.keys import CHANNELS, PROGRAMMES
from service.models import Line, Message, Reporter
from service.programme import Programme
from service.programme.schema import ChannelEntry
from tests.dashboards.conftest import Start
from tests.dashboards.desk import DESK, HTML, ON_SQLITE, Client, logged_in, page, send
from tests.service.folk import person

pytestmark = ON_SQLITE
TROUBLES = f"{DESK}/troubles"


async def _stopped(database: Database, state: str = "dead", direction: str = "out", **columns: Any) -> Message:
    async with database.writing() as session:
        message = Message(
            **{
                "programme": "village",
                "channel": "village/web",
                "direction": direction,
                "state": state,
                "failure": "refused",
                "error": "the provider answered 400, code 21211",
                "attempts": 5,
                "created_at": datetime.now(UTC),
            }
            | columns
        )
        session.add(message)
    return message


async def _states(database: Database) -> list[str]:
    async with database.reading() as session:
        return list(await session.scalars(select(Message.state).order_by(Message.id)))


async def _press(client: Client, words: str, on: str = TROUBLES) -> str:
    """Press the first button of the page that says these words; the page it leads to."""
    text = await page(client, on)
    forms = re.findall(r'<form method="post" action="([^"]+)">(.*?)</form>', text, re.DOTALL)
    action, inside = next(form for form in forms if words in form[1])
    fields = re.findall(r'name="([^"]+)" value="([^"]*)"', inside)
    response = await client.post(
        unescape(action), data={name: unescape(value) for name, value in fields}, headers=HTML, allow_redirects=False
    )
    assert response.status == 303, (action, response.status)
    return await page(client, response.headers["Location"])


async def test_all_texts_of_a_reason_are_tried_again_at_once(database: Database, start: Start) -> None:
    for _ in range(3):
        await _stopped(database)
    await _stopped(database, "dead", "in", failure=None, error="it broke")
    client = await logged_in(database, start)
    text = await page(client, TROUBLES)
    assert "3 texts" in text
    for part in ("The provider refuses this text", "code 21211", "it broke"):
        assert part in text, part
    assert "3 texts are in the queue again" in await _press(client, "Try all again")
    assert await _states(database) == ["queued"] * 3 + ["dead"]
    assert "1 text is in the queue again" in await _press(client, "Try again")
    assert await _states(database) == ["queued"] * 3 + ["received"]
    assert "Nothing has stopped" in await page(client, TROUBLES)


async def test_one_text_of_a_reason_is_tried_again_or_left(database: Database, start: Start) -> None:
    old, new = await _stopped(database), await _stopped(database)
    client = await logged_in(database, start)
    link = re.search(r'href="(/desk/village/troubles/texts\?[^"]+)"', await page(client, TROUBLES))
    assert link is not None
    one_by_one = unescape(link[1])
    heard = re.findall(
        r">(Try again|Leave it)<span class=.visually-hidden.>: [^<]+, [^<]+<", await page(client, one_by_one)
    )
    assert heard == ["Try again", "Leave it"] * 2, "whoever hears buttons alone knows which text"
    assert "The text is in the queue again" in await _press(client, "Try again", one_by_one)
    assert await _states(database) == ["dead", "queued"], "the newest stands first"
    assert "left as it is" in await _press(client, "Leave it", one_by_one)
    assert await _states(database) == ["dropped", "queued"]
    assert "None of these stands still" in await page(client, one_by_one)
    assert (await send(client, TROUBLES, f"{TROUBLES}/{new.id}/again")).status == 303
    assert "on its way again already" in await page(client, TROUBLES)
    for path in ("x/again", f"{old.id}/burn", "9" * 30 + "/again", "all/burn"):
        assert (await send(client, TROUBLES, f"{TROUBLES}/{path}")).status == 404, path


async def test_an_uncertain_text_is_said_to_have_arrived_or_sent_again(database: Database, start: Start) -> None:
    await _stopped(database, "uncertain", failure="unknown", error="the provider did not answer in time")
    client = await logged_in(database, start)
    assert "may have gone out" in await page(client, TROUBLES)
    assert "1 text is noted as arrived" in await _press(client, "It arrived")
    assert await _states(database) == ["delivered"]
    await _stopped(database, "uncertain", failure="unknown")
    await _press(client, "Send again")
    assert await _states(database) == ["delivered", "queued"]


async def test_what_is_held_says_why_and_is_only_left(database: Database, start: Start) -> None:
    await _stopped(database, "held", failure="window", error="It goes out when they write again.")
    client = await logged_in(database, start)
    text = await page(client, TROUBLES)
    assert "wrote too long ago" in text
    assert "Try again" not in text
    await _press(client, "Leave it")
    assert await _states(database) == ["dropped"]


async def test_a_line_that_rests_is_shown_and_tried_now(database: Database, start: Start) -> None:
    now = datetime.now(UTC)
    async with database.writing() as session:
        line = Line(
            channel="village/web",
            failures=7,
            opened_at=now,
            open_until=now + timedelta(hours=1),
            fault="keys",
            reason="the provider answered 401",
            updated_at=now,
        )
        session.add(line)
    client = await logged_in(database, start)
    text = await page(client, TROUBLES)
    for part in ("refuses our keys", "the provider answered 401", "7 times in a row", "Rests", "channels.yaml"):
        assert part in text, part
    assert "One text tries now" in await _press(client, "Try now")
    async with database.reading() as session:
        assert (await session.get_one(Line, "village/web")).open_until <= datetime.now(UTC)
    assert (await send(client, TROUBLES, f"{DESK}/lines/sms/try")).status == 404


async def test_a_flood_of_opt_outs_is_an_alarm_that_a_person_ends(database: Database, start: Start) -> None:
    now = datetime.now(UTC)
    async with database.writing() as session:
        session.add(Line(channel="village/web", failures=0, alarmed_at=now, alarmed_until=now, updated_at=now))
        someone = await person(session, now)
        session.add(
            Message(
                programme="village",
                channel="village/web",
                direction="out",
                state="dropped",
                opted_out_at=now,
                reporter_id=someone.id,
                created_at=now,
            )
        )
    client = await logged_in(database, start)
    text = await page(client, TROUBLES)
    assert "too many opt-outs at once" in text
    assert "1 person opted out" in text
    assert "Nobody is stopped" in await _press(client, "stop nobody")
    async with database.reading() as session:
        assert (await session.get_one(Reporter, someone.id)).stopped_at is None
    async with database.writing() as session:
        line = await session.get_one(Line, "village/web")
        line.alarmed_at = now
    assert "One person is stopped" in await _press(client, "stop this person")
    async with database.reading() as session:
        assert (await session.get_one(Reporter, someone.id)).stopped_at is not None


async def test_a_phone_that_does_not_ask_for_its_texts_is_said_to_be_silent(
    database: Database, start: Start, programme: Programme
) -> None:
    due = datetime.now(UTC) - timedelta(hours=1)
    for channel in ("phone", "phone", "web"):
        await _stopped(database, "queued", channel=f"village/{channel}", due_at=due, failure=None, error=None)
    client = await logged_in(database, start)
    assert client.app is not None
    entry = ChannelEntry.model_validate({"name": "phone", "type": "smssync"})
    with_phone = programme.model_copy(update={"channels": (*programme.channels, entry)})
    client.app[PROGRAMMES]["village"] = with_phone  # type: ignore[index]
    closed = await page(client, TROUBLES)
    assert re.search(r'aria-current="page">Troubles<[^>]+>1<', closed), "it is counted once, as closed"
    assert "2 texts wait for this channel, and it is not open" in closed
    assert "does not ask" not in closed, "a channel that is closed cannot ask"
    client.app[CHANNELS]["village/phone"] = SmsSync("a secret of at least 128 random bits")  # type: ignore[index]
    text = await page(client, TROUBLES)
    assert re.search(r"2 texts have waited since [^,]+, [^,]+, and the phone does not ask for them\.", text), text
    assert "Nothing has stopped" not in text
    assert re.search(r'aria-current="page">Troubles<[^>]+>1<', text), "it is counted in the navigation"
    async with database.writing() as session:
        await session.execute(
            update(Message).where(Message.channel == "village/phone").values(sent_at=datetime.now(UTC))
        )
    assert "does not ask" not in await page(client, TROUBLES)
