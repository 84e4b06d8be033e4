"""The pages of the desk as a moderator uses them: queue, report, vault, answers, troubles, people."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from service import users
from service.db import Database
from service.models import Answer, AnsweredReport, Audit, Decision, Digest, Message, Quarantine, Report, Vault
from service.secrets import Secrets
from tests.dashboards.conftest import Start
from tests.dashboards.desk import Client, log_in, member, page, send
from tests.service.making import ANALYSIS, PASSWORD, make_report, make_sensitive

DESK = "/desk/village"
EVIL = "<script>alert('x')</script><img src=x onerror=alert(1)> \"quoted\" & 'single'"


async def logged_in(database: Database, start: Start, role: str = "moderator", login: str = "asha") -> Client:
    await member(database, login, role)
    client = await start()
    assert (await log_in(client, login)).status == 303
    return client


async def stored(database: Database, report: Report) -> Report:
    async with database.reading() as session:
        return await session.get_one(Report, report.id)


async def test_an_empty_desk_says_so(database: Database, start: Start) -> None:
    client = await logged_in(database, start)
    assert "Nothing waits for you" in await page(client, DESK)
    assert "Nothing fits" in await page(client, f"{DESK}?words=nothing")
    assert "No answer waits" in await page(client, f"{DESK}/answers")
    assert "Nothing has stopped" in await page(client, f"{DESK}/troubles")


async def test_the_queue_shows_what_waits_with_filters_and_pages(database: Database, start: Start) -> None:
    now = datetime.now(UTC)
    client = await logged_in(database, start)
    for number in range(27):
        await make_report(database, now, text=f"tap number {number}", area="upper", certainty=number / 100)
    await make_report(database, now, text="bridge fell", categories=("roads",), urgent=True)
    first = await page(client, DESK)
    assert "28 reports wait for a person" in first
    assert first.index("bridge fell") < first.index("tap number 0")
    assert "Roads (1)" in first
    assert "Upper Ward (27)" in first
    assert "tap number 26" not in first
    later = re.search(r'rel="next" href="([^"]+)"', first)
    assert later is not None
    second = await page(client, unescape(later[1]))
    assert "tap number 26" in second
    assert "tap number 0<" not in second
    roads = await page(client, f"{DESK}?category=roads")
    assert "bridge fell" in roads
    assert "tap number" not in roads
    assert f"{DESK}/reports/" in roads
    assert "?category=roads" in roads
    await page(client, f"{DESK}?after=rubbish", 404)


async def test_a_report_shows_evidence_reasons_candidates_and_history(database: Database, start: Start) -> None:
    client = await logged_in(database, start)
    report = await make_report(
        database, datetime.now(UTC), text="No water at Mashimoni, call [phone]", review_reason="place unclear"
    )
    text = await page(client, f"{DESK}/reports/{report.reference}")
    for part in (
        '<mark class="mark-word">water</mark>',
        '<mark class="mark-place">Mashimoni</mark>',
        '<mark class="mark-mask">[phone]</mark>',
        "because of",
        "tap, water",
        "place unclear",
        "fairly sure, 55",
        "Upper Ward",
        "Lower Ward",
    ):
        assert part in text, part
    data = re.search(r'data-map="([^"]+)"', text)
    assert data is not None
    drawn = json.loads(unescape(data[1]))
    assert [(spot["lat"], spot["lon"]) for spot in drawn["candidates"]] == [(-1.312, 36.79), (-1.262, 36.858)]
    assert {place["name"] for place in drawn["places"]} >= {"Gatwekera", "Kosovo"}
    assert (await stored(database, report)).claimed_by is not None


async def test_accepting_goes_on_to_the_next_with_the_same_filters(database: Database, start: Start) -> None:
    now = datetime.now(UTC)
    client = await logged_in(database, start)
    first = await make_report(database, now, certainty=0.1)
    await make_report(database, now, certainty=0.2, categories=("roads",))
    third = await make_report(database, now, certainty=0.3)
    here = f"{DESK}/reports/{first.reference}"
    response = await send(
        client,
        here,
        f"{here}/review?category=water",
        revision="0",
        do="accept",
        category=["water", "clinic"],
        urgent="yes",
    )
    assert response.headers["Location"] == f"{DESK}/reports/{third.reference}?category=water"
    done = await stored(database, first)
    assert (done.status, done.urgent, done.revision) == ("accepted", True, 3)
    here = f"{DESK}/reports/{third.reference}"
    assert f"{first.reference} is accepted." in await page(client, here)
    response = await send(client, here, f"{here}/review?category=water", revision="0", do="accept", category="water")
    assert response.headers["Location"] == f"{DESK}?category=water"


PLACES: dict[str, tuple[dict[str, str], tuple[Any, ...]]] = {
    "candidate": (
        {"place": "-1.262|36.858||lower|Mashimoni"},
        ("Mashimoni", -1.262, 36.858, "lower", None, "moderator"),
    ),
    "pin": (
        {"place": "pin", "lat": "-1.3131", "lon": " 36.7831 "},
        ("Gatwekera", -1.3131, 36.7831, "upper", 0.25, "moderator"),
    ),
    "none": ({"place": "none"}, (None, None, None, None, None, "moderator")),
    "keep": ({"place": "keep"}, ("Kosovo", -1.26, 36.856, "lower", None, "machine")),
}


@pytest.mark.parametrize(("fields", "expected"), PLACES.values(), ids=PLACES)
async def test_the_place_is_corrected_by_candidate_or_pin(
    database: Database, start: Start, fields: dict[str, str], expected: tuple[Any, ...]
) -> None:
    client = await logged_in(database, start)
    report = await make_report(
        database, datetime.now(UTC), place_name="Kosovo", lat=-1.26, lon=36.856, area="lower", place_by="machine"
    )
    here = f"{DESK}/reports/{report.reference}"
    response = await send(client, here, f"{here}/review", revision="0", do="save", category="water", **fields)
    assert response.headers["Location"] == here
    done = await stored(database, report)
    assert (done.place_name, done.lat, done.lon, done.area, done.radius_km, done.place_by) == expected
    assert done.status == "in_review"


@pytest.mark.parametrize(
    "fields",
    [
        {"place": "pin", "lat": "91", "lon": "0"},
        {"place": "pin", "lat": "nan", "lon": "0"},
        {"place": "pin"},
        {"place": "rubbish"},
        {"place": "1|2|x||y"},
    ],
)
async def test_a_place_nobody_can_read_changes_nothing(
    database: Database, start: Start, fields: dict[str, str]
) -> None:
    client = await logged_in(database, start)
    report = await make_report(database, datetime.now(UTC))
    here = f"{DESK}/reports/{report.reference}"
    response = await send(client, here, f"{here}/review", revision="0", do="accept", category="roads", **fields)
    assert response.status == 409
    done = await stored(database, report)
    assert (done.status, done.revision) == ("in_review", 0)


async def test_places_are_searched_with_and_without_scripts(database: Database, start: Start) -> None:
    client = await logged_in(database, start)
    report = await make_report(database, datetime.now(UTC))
    here = f"{DESK}/reports/{report.reference}"
    found = await (await client.get(f"{DESK}/places?words=gatw")).json()
    assert [(spot["name"], spot["where"]) for spot in found] == [("Gatwekera", "village, Upper Ward")]
    response = await send(
        client, here, f"{here}/find", revision="0", category=["roads"], place="none", place_words="gatwek", urgent="yes"
    )
    text = await response.text()
    assert found[0]["value"] in unescape(text)
    assert re.search(r'value="roads" checked', text)
    assert not re.search(r'value="water" checked', text)
    assert (await stored(database, report)).revision == 0


async def test_the_second_moderator_is_told_and_nothing_is_overwritten(database: Database, start: Start) -> None:
    report = await make_report(database, datetime.now(UTC))
    asha = await logged_in(database, start)
    beth = await logged_in(database, start, login="beth")
    here = f"{DESK}/reports/{report.reference}"
    await page(asha, here)
    assert "asha</bdi> is reading this now" in await page(beth, here)
    assert "asha is reading" in await page(beth, DESK)
    assert (await send(asha, here, f"{here}/review", revision="0", do="save", category="clinic")).status == 303
    response = await send(beth, here, f"{here}/review", revision="0", do="accept", category="roads")
    text = await response.text()
    assert response.status == 409
    assert "Somebody saved this report while you were reading: asha" in text
    assert 'name="revision" value="1"' in text
    assert re.search(r'value="clinic" checked', text)
    assert (await stored(database, report)).status == "in_review"
    again = await send(beth, here, f"{here}/review", revision="1", do="accept", category="clinic")
    assert again.status == 303


@pytest.mark.parametrize("revision", ["", "-1", "1.5", "²", "99999999999999999999", "x"])
async def test_a_form_without_its_revision_does_nothing(database: Database, start: Start, revision: str) -> None:
    client = await logged_in(database, start)
    report = await make_report(database, datetime.now(UTC))
    here = f"{DESK}/reports/{report.reference}"
    assert (await send(client, here, f"{here}/review", revision=revision, do="accept")).status == 409
    assert (await stored(database, report)).revision == 0


async def test_setting_aside_and_taking_back(database: Database, start: Start) -> None:
    client = await logged_in(database, start)
    report = await make_report(database, datetime.now(UTC))
    here = f"{DESK}/reports/{report.reference}"
    assert (await send(client, here, f"{here}/reject", revision="0")).status == 409
    response = await send(client, here, f"{here}/reject", revision="0", because="test", note="only a try")
    assert response.headers["Location"] == DESK
    text = await page(client, here)
    assert "only a try" in text
    assert "Somebody tried whether this works" in text
    assert (await send(client, here, f"{here}/reopen", revision="1", note="by mistake")).headers["Location"] == here
    assert (await stored(database, report)).status == "in_review"


async def test_protecting_takes_it_from_moderators_and_gives_it_to_focal_points(
    database: Database, start: Start
) -> None:
    report = await make_report(database, datetime.now(UTC), text="he hurt her")
    client = await logged_in(database, start)
    here = f"{DESK}/reports/{report.reference}"
    assert (await send(client, here, f"{here}/protect", revision="0")).status == 409
    assert (await send(client, here, f"{here}/protect", revision="0", kind="violence")).status == 303
    await page(client, here, 404)
    focal = await logged_in(database, start, "focal_point", "fay")
    assert "1 sensitive account waits" in await page(focal, DESK)
    assert report.reference in await page(focal, f"{DESK}?vault=yes")


async def test_the_vault_opens_after_a_warning_and_every_opening_is_recorded(
    database: Database, secrets: Secrets, start: Start
) -> None:
    report = await make_sensitive(database, secrets, datetime.now(UTC), text="he hurt her")
    focal = await logged_in(database, start, "focal_point", "fay")
    here = f"{DESK}/reports/{report.reference}"
    calm = await page(focal, here)
    assert "Your reading is recorded" in calm
    assert "hurt" not in calm
    async with database.reading() as session:
        assert (await session.scalars(select(Audit).where(Audit.act == "read_vault"))).all() == []
    opened = await send(focal, here, f"{here}/open")
    text = await opened.text()
    assert opened.status == 200
    assert "he hurt her" in text
    assert opened.headers["Cache-Control"] == "no-store"
    async with database.reading() as session:
        lines = (await session.scalars(select(Audit).where(Audit.act == "read_vault"))).all()
    assert [line.object for line in lines] == [f"report:{report.id}"]
    assert "opened the sealed account" in await page(focal, here)
    refused = await send(focal, here, f"{here}/refer", revision="0", to="clinic", note="needs care")
    assert (refused.status, "consent" in await refused.text()) == (409, True)
    done = await send(focal, here, f"{here}/refer", revision="0", to="clinic", note="needs care", consent="given")
    assert done.headers["Location"] == f"{DESK}?vault=yes"
    assert (await stored(database, report)).status == "referred"


async def test_what_is_not_sensitive_goes_back_to_the_queue(database: Database, secrets: Secrets, start: Start) -> None:
    report = await make_sensitive(database, secrets, datetime.now(UTC), text="he hurt his foot")
    focal = await logged_in(database, start, "focal_point", "fay")
    here = f"{DESK}/reports/{report.reference}"
    assert (await send(focal, here, f"{here}/unprotect", revision="0", note="a football match")).status == 303
    moderator = await logged_in(database, start)
    assert "he hurt his foot" in await page(moderator, here)
    async with database.reading() as session:
        assert await session.get(Vault, report.id) is None


async def test_nothing_anybody_wrote_becomes_part_of_a_page(database: Database, secrets: Secrets, start: Start) -> None:
    now = datetime.now(UTC)
    evil_analysis = json.loads(json.dumps(ANALYSIS))
    evil_analysis["places"][0] |= {"text": "<script>"}
    evil_analysis["places"][0]["candidates"][0] |= {"name": EVIL, "level": EVIL}
    evil_analysis["urgent"]["why"] = EVIL
    evil_analysis["sensitive"] = [{"kind": "violence", "score": 0.9, "why": EVIL}]
    report = await make_report(
        database,
        now,
        text=EVIL,
        analysis=evil_analysis,
        place_name=EVIL,
        lat=1.0,
        lon=1.0,
        language='en" onload="x',
        review_reason=EVIL,
        kind=EVIL[:16],
        analysis_version=EVIL[:64],
        channel=f"village/{EVIL}",
    )
    sealed = await make_sensitive(database, secrets, now, text=EVIL, review_reason=EVIL)
    async with database.writing() as session:
        session.add(
            Message(
                programme="village",
                channel="village/sms",
                direction="out",
                state="dead",
                error=EVIL,
                created_at=now,
                report_id=report.id,
                body=secrets.seal(EVIL),
                cause=EVIL,
            )
        )
        session.add(
            Quarantine(
                programme="village", channel="village/sms", request=b"", reason=EVIL, state="waiting", created_at=now
            )
        )
        await held_answer(session, EVIL, [report], now)
    client = await logged_in(database, start, "focal_point", "fay")
    here, vault = f"{DESK}/reports/{report.reference}", f"{DESK}/reports/{sealed.reference}"
    rejected = await send(client, here, f"{here}/reject", revision="0", because="test", note=EVIL)
    assert rejected.status == 303
    pages = [await page(client, path) for path in (DESK, f"{DESK}?status=all&words=%3Cscript%3E", here, vault)]
    pages += [await page(client, f"{DESK}/{name}") for name in ("answers", "troubles")]
    pages.append(await (await send(client, vault, f"{vault}/open")).text())
    pages.append(await (await send(client, here, f"{here}/find", place_words=EVIL[:100], place=EVIL)).text())
    for text in pages:
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert 'onload="x' not in text.replace("&#34;", "")
    assert sum("alert(&#39;x&#39;)" in text or "&lt;script&gt;" in text for text in pages) >= 6


async def held_answer(session: Any, text: str, reports: list[Report], now: datetime) -> Answer:
    digest = Digest(
        programme="village",
        official="amina@example.org",
        period=f"{now:%G-W%V}",
        language="en",
        input_hash="x",
        content={},
        html="",
        plain="",
        state="sent",
        created_at=now,
    )
    session.add(digest)
    await session.flush()
    answer = Answer(
        programme="village",
        official="amina@example.org",
        office="Upper Ward office",
        digest_id=digest.id,
        text=text,
        state="held",
        created_at=now,
    )
    session.add(answer)
    await session.flush()
    session.add_all(AnsweredReport(answer_id=answer.id, report_id=report.id) for report in reports)
    return answer


async def test_held_answers_are_released_once_or_taken_back(database: Database, start: Start) -> None:
    now = datetime.now(UTC)
    report = await make_report(database, now, status="forwarded")
    async with database.writing() as session:
        answer = await held_answer(session, "A plumber comes on Thursday.", [report], now)
    client = await logged_in(database, start)
    text = await page(client, f"{DESK}/answers")
    for part in ("A plumber comes on Thursday.", report.reference, "1 SMS in en", "Upper Ward office"):
        assert part in text, part
    where = f"{DESK}/answers/{answer.id}"
    assert (await send(client, f"{DESK}/answers", f"{where}/release")).status == 303
    assert (await stored(database, report)).status == "answered"
    assert (await send(client, f"{DESK}/answers", f"{where}/withdraw")).status == 303
    assert "Somebody else was here before you" in await page(client, f"{DESK}/answers")
    for number in ("999", "x", "9" * 30):
        assert (await send(client, f"{DESK}/answers", f"{DESK}/answers/{number}/release")).status == 404
    async with database.writing() as session:
        other = await held_answer(session, "Ask somebody else.", [report], now - timedelta(days=7))
    assert (await send(client, f"{DESK}/answers", f"{DESK}/answers/{other.id}/withdraw")).status == 303
    assert "Nobody was told" in await page(client, f"{DESK}/answers")


async def test_an_answer_does_not_name_what_went_into_the_vault(
    database: Database, secrets: Secrets, start: Start
) -> None:
    now = datetime.now(UTC)
    sealed = await make_sensitive(database, secrets, now, text="he hurt her")
    async with database.writing() as session:
        await held_answer(session, "We are looking into it.", [sealed], now)
    client = await logged_in(database, start)
    text = await page(client, f"{DESK}/answers")
    assert "We are looking into it." in text
    assert sealed.reference not in text


async def test_a_stopped_text_is_tried_again(database: Database, start: Start) -> None:
    now = datetime.now(UTC)
    async with database.writing() as session:
        message = Message(
            programme="village",
            channel="village/sms",
            direction="in",
            state="dead",
            error="it broke",
            attempts=5,
            created_at=now,
        )
        session.add(message)
    client = await logged_in(database, start)
    assert "it broke" in await page(client, f"{DESK}/troubles")
    where = f"{DESK}/troubles/{message.id}/retry"
    assert (await send(client, f"{DESK}/troubles", where)).status == 303
    assert "in its queue again" in await page(client, f"{DESK}/troubles")
    assert (await send(client, f"{DESK}/troubles", where)).status == 303
    assert "on its way again already" in await page(client, f"{DESK}/troubles")


async def test_an_admin_looks_after_people(database: Database, start: Start) -> None:
    admin = await logged_in(database, start, "admin", "ben")
    people = f"{DESK}/people"
    added = await send(admin, people, people, login="Carla", role="moderator")
    text = await added.text()
    found = re.search(r'class="fresh-password">([^<]+)<', text)
    assert found is not None
    carla = await start()
    assert (await log_in(carla, "carla", found[1])).status == 303
    assert found[1] not in await page(admin, people)
    number = re.search(r"/people/(\d+)/role", text)
    assert number is not None
    where = f"{people}/{number[1]}"
    assert (await send(admin, people, people, login="carla", role="moderator")).status == 409
    assert (await send(admin, people, people, login="<b>", role="moderator")).status == 409
    assert (await send(admin, people, people, login="dora", role="queen")).status == 409
    assert (await send(admin, people, f"{where}/role", role="focal_point")).status == 303
    assert (await carla.get(DESK, allow_redirects=False)).status == 303
    assert (await log_in(carla, "carla", found[1])).status == 303
    assert "Vault" in await page(carla, DESK)
    renewed = re.search(
        r'class="fresh-password">([^<]+)<', await (await send(admin, people, f"{where}/password")).text()
    )
    assert renewed is not None
    assert (await log_in(carla, "carla", found[1])).status == 401
    assert (await log_in(carla, "carla", renewed[1])).status == 303
    assert (await send(admin, people, f"{where}/disable")).status == 303
    assert (await log_in(carla, "carla", renewed[1])).status == 401
    assert (await send(admin, people, f"{where}/enable")).status == 303
    assert (await send(admin, people, f"{where}/role", role="")).status == 303
    async with database.reading() as session:
        assert [person.login for person in await users.members(session, "village")] == ["ben"]


async def test_an_admin_has_no_power_over_themselves_or_people_of_others(database: Database, start: Start) -> None:
    other = await member(database, "dida", "focal_point", "town")
    admin = await logged_in(database, start, "admin", "ben")
    people = f"{DESK}/people"
    assert (await send(admin, people, f"{people}/{other}/password")).status == 404
    joined = await send(admin, people, people, login="dida", role="moderator")
    assert joined.status == 303
    assert "keeps the password they have" in await page(admin, people)
    refused = await send(admin, people, f"{people}/{other}/password")
    assert (refused.status, "not yours" in await refused.text()) == (409, True)
    assert (await send(admin, people, f"{people}/{other}/disable")).status == 409
    async with database.reading() as session:
        me = (await session.scalars(select(Audit.object).where(Audit.act == "set_role"))).all()
    own = next(number.removeprefix("user:") for number in me if number != f"user:{other}")
    assert (await send(admin, people, f"{people}/{own}/role", role="focal_point")).status == 409
    assert (await send(admin, people, f"{people}/{own}/disable")).status == 409
    assert (await log_in(await start(), "dida", PASSWORD)).status == 303


async def test_every_act_left_a_decision(database: Database, start: Start) -> None:
    client = await logged_in(database, start)
    report = await make_report(database, datetime.now(UTC))
    here = f"{DESK}/reports/{report.reference}"
    await send(client, here, f"{here}/review", revision="0", do="accept", category="roads", place="none", urgent="yes")
    async with database.reading() as session:
        acts = (await session.scalars(select(Decision.act).order_by(Decision.id))).all()
    assert list(acts) == ["correct_categories", "set_urgent", "accept"]
    text = await page(client, here)
    for sentence in ("changed the categories from Water to Roads", "marked it urgent", "accepted it"):
        assert sentence in text
