"""USSD at the door: stored before the thanks, and a screen that says where a report stands."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, update

from service.db import Database
from service.doors import open_doors
from service.intake import Intake
from service.models import Message, Reporter
from service.programme import Programme
from service.secrets import Secrets
from tests.service.conftest import Town
from tests.service.gateways.conftest import SECRET, Client

USSD = f"/channels/village/ussd/{SECRET}"


async def _dial(
    door: Client, text: str, session: str = "S1", number: str = "+254700000001", address: str = USSD
) -> str:
    form = {"sessionId": session, "phoneNumber": number, "serviceCode": "*384#", "networkCode": "1", "text": text}
    response = await door.post(address, data=form)
    assert (response.status, response.content_type) == (200, "text/plain")
    return await response.text()


async def test_a_report_by_ussd_is_stored_before_the_thanks_and_once(
    door: Client, database: Database, secrets: Secrets
) -> None:
    assert (await _dial(door, "")).startswith("CON ")
    assert (await _dial(door, "1")).startswith("CON ")
    for _ in range(3):
        assert (await _dial(door, "1*No water * since Monday")).startswith("END Thank you")
    async with database.reading() as session:
        message = (await session.scalars(select(Message))).one()
    assert secrets.unseal(message.body) == "No water * since Monday"


async def test_the_screen_says_where_the_last_report_stands_and_nothing_they_wrote(
    door: Client, town: Town, database: Database, programme: Programme
) -> None:
    none = programme.messages["en"].ussd["none"]
    assert await _dial(door, "2") == f"END {none}"
    await _dial(door, "1*No water in Gatwekera")
    assert await _dial(door, "2") == f"END {programme.messages['en'].ussd['thanks']}"
    await town.text("No water in Gatwekera since Monday")
    report = await town.report()
    pseudonym = town.secrets.pseudonym("village/ussd", "+254700000001")
    async with database.writing() as session:
        await session.execute(update(Message).where(Message.direction == "in").values(state="done"))
        await session.execute(update(Reporter).values(channel="village/ussd", pseudonym=pseudonym))
    screen = await _dial(door, "2")
    assert report.reference in screen
    assert "Gatwekera" not in screen
    assert await _dial(door, "2", number="+254700000002") == f"END {none}"
    none = programme.messages["sw"].ussd["none"]
    assert await _dial(door, "4*2", number="+254700000002") == f"END {none}"


async def test_who_dials_and_who_texts_is_one_person(
    door: Client, town: Town, database: Database, secrets: Secrets
) -> None:
    both, short = USSD.replace("/ussd/", "/both/"), USSD.replace("/ussd/", "/short/")
    await _dial(door, "1*No water in Gatwekera since Monday", address=both)
    sms = {"id": "ATXid_1", "from": "+254700000001", "to": "22333", "text": "STOP", "date": "2026-11-26T10:00:00Z"}
    assert (await door.post(short, data=sms)).status == 200
    async with database.reading() as session:
        texts = list(await session.scalars(select(Message).order_by(Message.id)))
    assert {(text.channel, text.pseudonym) for text in texts} == {
        ("village/short", secrets.pseudonym("village/short", "+254700000001"))
    }
    for text in texts:
        await town.take(str(text.external_id), secrets.unseal(text.body))
    async with database.reading() as session:
        person = (await session.scalars(select(Reporter))).one()
    assert person.stopped_at is not None
    assert (await _dial(door, "2", address=both)).endswith(": read")


async def test_whoever_asked_for_no_texts_is_promised_none(door: Client, town: Town, programme: Programme) -> None:
    screens = {tag: words.ussd for tag, words in programme.messages.items()}
    await _dial(door, "3", "S0")
    stopped = screens["en"]["thanks_stopped"]
    # Before and after somebody has read the STOP.
    assert await _dial(door, "1*No water in Gatwekera", "S1") == f"END {stopped}"
    assert await _dial(door, "2") == f"END {stopped}"
    await town.take("stop:S0", "stop")
    assert await _dial(door, "4*1*Maji hakuna", "S2") == f"END {screens['sw']['thanks_stopped']}"
    await town.take("report:S1", "No water in Gatwekera")
    await town.take("report:S2", "Maji hakuna")
    assert await town.replies() == [programme.messages["en"].texts["stopped"]]
    assert (await town.report()).reference in await _dial(door, "2")
    # Another person's STOP is none of theirs.
    assert await _dial(door, "1*No light", "S3", "+254700000002") == f"END {screens['en']['thanks']}"
    await _dial(door, "1*START", "S4")
    assert await _dial(door, "1*No water again", "S5") == f"END {screens['en']['thanks']}"


async def test_a_stop_alone_is_no_report_that_waits(door: Client, programme: Programme) -> None:
    await _dial(door, "3")
    assert await _dial(door, "2") == f"END {programme.messages['en'].ussd['none']}"


async def test_whoever_was_forgotten_is_texted_again_and_told_so(
    door: Client, town: Town, programme: Programme
) -> None:
    # The door has a clock of its own.
    town.now = datetime.now(UTC)
    for number, text in enumerate(("STOP", "FORGET", "YES")):
        await _dial(door, f"1*{text}", f"S{number}")
        await town.take(f"report:S{number}", text)
    assert await _dial(door, "2") == f"END {programme.messages['en'].ussd['none']}"
    assert await _dial(door, "1*No water in Gatwekera", "S9") == f"END {programme.messages['en'].ussd['thanks']}"
    await town.take("report:S9", "No water in Gatwekera")
    assert len(await town.replies("receipt_first")) == 1


async def test_while_the_database_is_away_a_report_is_safe_and_nothing_is_promised(
    door: Client, gateway_intake: Intake, programme: Programme, database: Database
) -> None:
    await _dial(door, "3", "S0")
    async with database.engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE reporters RENAME TO away")
    screens = programme.messages["en"].ussd
    assert await _dial(door, "1*No water in Gatwekera") == f"END {screens['thanks_away']}"
    assert await _dial(door, "2") == f"END {screens['away']}"


async def test_while_texts_go_to_the_spool_the_database_is_not_asked(
    door: Client, programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _dial(door, "1*No water in Gatwekera")
    # As after a commit that took too long: the database counts as away.
    monkeypatch.setattr(Intake, "spooling", property(lambda intake: intake.waiting == 0))
    assert await _dial(door, "2") == f"END {programme.messages['en'].ussd['away']}"


def test_a_ussd_channel_waits_for_the_channel_of_its_replies(programme: Programme, secrets: Secrets) -> None:
    settings = {"username": "v", "api_key": "k", "path_secret": SECRET}
    first = programme.channels[0]
    ussd = first.model_copy(
        update={"name": "ussd", "type": "africastalking_ussd", "settings": {**settings, "sms_channel": "short"}}
    )
    sms = first.model_copy(
        update={"name": "short", "type": "africastalking", "settings": {**settings, "api_key": "$NONE"}}
    )
    talking = programme.model_copy(update={"channels": (ussd, sms)})
    doors = open_doors([talking], secrets, {})
    assert doors.closed == (
        "village/short is closed: set $NONE to open it",
        "village/ussd is closed: open village/short first, by which its people hear from us",
    )
    doors = open_doors([talking], secrets, {"NONE": "k"})
    assert (sorted(doors.channels), doors.homes) == (
        ["village/short", "village/ussd"],
        {"village/ussd": "village/short"},
    )


def test_a_programme_without_screens_keeps_its_ussd_channel_closed(programme: Programme, secrets: Secrets) -> None:
    entry = programme.channels[0].model_copy(
        update={
            "name": "ussd",
            "type": "africastalking_ussd",
            "settings": {"username": "v", "api_key": "k", "path_secret": SECRET, "allowed_addresses": "10.0.0.0/8"},
        }
    )
    talking = programme.model_copy(update={"channels": (entry,)})
    doors = open_doors([talking], secrets, {})
    assert (list(doors.channels), doors.closed) == (["village/ussd"], ())
    assert [str(network) for network in doors.allowed["village/ussd"]] == ["10.0.0.0/8"]
    silent: dict[str, Any] = {tag: words.model_copy(update={"ussd": {}}) for tag, words in programme.messages.items()}
    doors = open_doors([talking.model_copy(update={"messages": silent})], secrets, {})
    assert doors.closed == ("village/ussd is closed: write `ussd` texts in the messages of one language to open it",)
