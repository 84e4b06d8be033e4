"""What an answer or a reply costs is known before it is sent."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from service import costs, releasing
from service.db import Database
from service.models import Message
from service.programme import Programme
from service.programme.sorts import Cost
from service.secrets import Secrets
from tests.dashboards.desk import held_answer
from tests.service.folk import person, report
from tests.service.making import make_user

LONG = "The pipe to the ridge was cut by the road works. " * 5


def _priced(programme: Programme) -> Programme:
    cost = Cost(amount=Decimal("0.8"), currency="KES")
    return programme.model_copy(update={"rules": programme.rules.model_copy(update={"cost_per_segment": cost})})


@pytest.mark.parametrize(
    ("text", "segments", "encoding", "foreign", "price"),
    [
        ("A plumber comes on Thursday.", 1, "GSM-7", "", "KES 0.80"),
        ("A plumber comes on Thursday — we hope…", 1, "UCS-2", "—…", "KES 0.80"),
        ("x" * 161, 2, "GSM-7", "", "KES 1.60"),
        ("पानी कल आएगा। " * 6, 2, "UCS-2", "पानीक", "KES 1.60"),
    ],
)
def test_a_text_is_weighed(
    programme: Programme, text: str, segments: int, encoding: str, foreign: str, price: str
) -> None:
    weight = costs.weigh(_priced(programme), text)
    assert (weight.count.segments, weight.count.encoding, weight.foreign, weight.price) == (
        segments,
        encoding,
        foreign,
        price,
    )
    assert costs.weigh(programme, text).price is None
    assert costs.weigh(_priced(programme), text, segmented=False).price is None
    assert costs.weigh(_priced(programme), text, people=1000).price == f"KES {800 * segments:,.2f}"


async def test_whom_an_answer_reaches_is_counted_by_language_and_way(
    database: Database, secrets: Secrets, programme: Programme, now: datetime
) -> None:
    asha = await make_user(database, "asha", {}, now)
    async with database.writing() as session:
        sms = {"channel": "village/sms"}
        people = [
            await person(session, now, **sms),
            await person(session, now, **sms),
            await person(session, now, language="sw", **sms),
            await person(session, now),
            await person(session, now, stopped_at=now, **sms),
            await person(session, now, address=None, **sms),
        ]
        made = [await report(session, one, now, "upper", "water") for one in people]
        made.append(await report(session, people[0], now, "upper", "water"))
        made.append(await report(session, await person(session, now, **sms), now, None, sensitive=True))
        made.append(await report(session, await person(session, now, **sms), now, "upper", status="rejected"))
        answer = await held_answer(session, LONG, made, now)
    async with database.reading() as session:
        found = await costs.audience(session, _priced(programme), answer.id, "Ward", LONG, "K7-4QF")
    assert [(r.language, r.weight.people, r.by_chat, r.weight.segments) for r in found.releases] == [
        ("en", 2, 1, 4),
        ("sw", 1, 0, 2),
    ]
    assert (found.segments, found.silent) == (6, 2)
    async with database.writing() as session:
        told = await releasing.release(session, secrets, programme, answer.id, asha, now)
        assert told.released_by == asha
        assert len(list(await session.scalars(select(Message).where(Message.direction == "out")))) == 4, (
            "as many as were shown"
        )
