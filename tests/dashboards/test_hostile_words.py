"""Nothing that anybody wrote becomes part of a page."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from service.db import Database
from service.models import Message, Quarantine
from service.secrets import Secrets
from tests.dashboards.conftest import Start
from tests.dashboards.desk import DESK, held_answer, logged_in, page, send
from tests.service.making import ANALYSIS, make_report, make_sensitive

EVIL = "<script>alert('x')</script><img src=x onerror=alert(1)> \"quoted\" & 'single'"


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


async def test_a_very_long_text_scrolls_in_its_place_also_by_keys(database: Database, start: Start) -> None:
    client = await logged_in(database, start)
    for length, scrolls in ((900, False), (1_000, True)):
        report = await make_report(database, datetime.now(UTC), text="W" * length)
        shown = await page(client, f"{DESK}/reports/{report.reference}")
        assert ('<div class="quote" tabindex="0" role="group" aria-label="A long text" data-long' in shown) is scrolls
