"""What a text costs before it is sent: segments, what makes them many, and the price where the programme names one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from channels.segments import Count, count, outside_gsm
from service import merging, outbox
from service.models import AnsweredReport, Report, Reporter
from service.programme import Programme
from service.workflow import OPEN

SHOWN = 5
"""Characters named of those that make a text cost twice as much."""


@dataclass(frozen=True)
class Weight:
    """A text for so many people. `foreign` are characters outside GSM-7; `price` is None where nothing is billed."""

    count: Count
    people: int
    foreign: str
    price: str | None

    @property
    def segments(self) -> int:
        """Segments of all the texts together."""
        return self.count.segments * self.people


def weigh(programme: Programme, text: str, *, people: int = 1, segmented: bool = True) -> Weight:
    """What a text costs if it goes to so many people."""
    counted = count(text)
    cost = programme.rules.cost_per_segment
    price = cost.of(counted.segments * people) if cost is not None and segmented else None
    return Weight(counted, people, outside_gsm(text)[:SHOWN], price)


@dataclass(frozen=True)
class Release:
    """What an answer sends in one language: the text, how many get it by SMS with its weight, how many by chat."""

    language: str
    text: str
    weight: Weight
    by_chat: int


@dataclass(frozen=True)
class Audience:
    """Whom an answer reaches. `silent` people asked for no texts, or were erased."""

    releases: tuple[Release, ...]
    silent: int

    @property
    def segments(self) -> int:
        """In all."""
        return sum(release.weight.segments for release in self.releases)


async def audience(
    session: AsyncSession, programme: Programme, answer_id: int, office: str, answer: str, reference: str
) -> Audience:
    """Whom a held answer would reach: each person once, as `releasing.release` tells them."""
    answered = await session.execute(
        select(Report.id, Report.reporter_id)
        .join(AnsweredReport, AnsweredReport.report_id == Report.id)
        .where(AnsweredReport.answer_id == answer_id, Report.sensitive.is_(False), Report.status.in_(OPEN))
    )
    theirs = {row.id: row.reporter_id for row in answered}
    same = await merging.followers(session, list(theirs))
    ids = {*theirs.values(), *(report.reporter_id for reports in same.values() for report in reports)}
    people = (await session.scalars(select(Reporter).where(Reporter.id.in_(ids)).order_by(Reporter.id))).all()
    told = [person for person in people if person.stopped_at is None and person.address is not None]
    by_sms: Counter[str] = Counter()
    by_chat: Counter[str] = Counter()
    for person in told:
        counter = by_sms if outbox.is_segmented(programme, person.channel) else by_chat
        counter[outbox.language_of(programme, person)] += 1
    slots = {"reference": reference, "office": office, "answer": answer}
    releases = []
    for language in programme.rules.languages:
        if by_sms[language] or by_chat[language]:
            text = outbox.render(programme, language, "answered", slots)
            weight = weigh(programme, text, people=by_sms[language])
            releases.append(Release(language, text, weight, by_chat[language]))
    return Audience(tuple(releases), len(people) - len(told))
