"""What moderators write down of files: redacted, in the account, analysed; what people decided stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

import nlp.analysis as nlp
from service import moderation, reporters, rereading, vault
from service.analyst import AnalysisFailed
from service.db import Database
from service.media import acts, showing
from service.models import Attachment, Audit, Message, Report, ReportCategory, Reporter, Transcript
from service.programme import Programme
from service.secrets import Secrets
from service.workflow import NotAllowed, NotFound
from tests.service.conftest import SENSITIVE, WATER
from tests.service.making import act, make_report, make_sensitive, make_user
from tests.service.media import files
from tests.service.media.making import make_file

PHONE_NUMBER = "0722 000 111"


@dataclass
class Reader:
    """Stands where the process pool stands: takes the number out, and says of every text what it is told to."""

    says: nlp.Analysis = WATER
    texts: list[str] = field(default_factory=list)
    broken: bool = False

    async def analyse(self, programme: str, texts: Sequence[str]) -> list[nlp.Analysis]:
        if self.broken:
            raise AnalysisFailed("The process of the analysis died.")
        self.texts += texts
        return [replace(self.says, redacted=text.replace(PHONE_NUMBER, "[phone]")) for text in texts]


@dataclass
class Bench:
    database: Database
    secrets: Secrets
    programme: Programme
    user_id: int
    now: datetime
    reader: Reader = field(default_factory=Reader)

    async def report(self, **columns: Any) -> tuple[Report, int]:
        report = await make_report(self.database, self.now, **columns)
        words = report.text or ""
        return report, await make_file(self.database, self.secrets, report, files.voice_note(), self.now, words=words)

    async def describe(self, report: Report, file: int, words: str, role: str = "moderator") -> None:
        fresh = await self.stored(report)
        async with self.database.writing() as session:
            hand = act(self.programme, report, self.user_id, self.now, role=role, revision=fresh.revision)
            await acts.describe(session, self.secrets, hand, file, words)

    async def read(self) -> int:
        return await rereading.read_again(
            self.database,
            self.secrets,
            {"village": self.programme},
            self.reader,  # type: ignore[arg-type]
            self.now,
        )

    async def stored(self, report: Report) -> Report:
        async with self.database.reading() as session:
            return await session.get_one(Report, report.id)

    async def file(self, report: Report) -> showing.File:
        async with self.database.reading() as session:
            return (await showing.of_report(session, self.secrets, await session.get_one(Report, report.id)))[0]

    async def codes(self, report: Report) -> list[str]:
        async with self.database.reading() as session:
            return await moderation.codes(session, report.id)


@pytest.fixture
async def bench(database: Database, secrets: Secrets, programme: Programme, now: datetime) -> Bench:
    return Bench(database, secrets, programme, await make_user(database, "asha", {"village": "moderator"}, now), now)


async def opened(session: Any, bench: Bench, report: Report) -> vault.Content:
    who = ("village", report.reference, "focal_point", bench.user_id, bench.now)
    return await vault.read(session, bench.secrets, *who)


async def test_a_voice_note_counts_once_it_is_written_down(bench: Bench) -> None:
    report, file = await bench.report(
        text="", categories=(), certainty=0.0, review_reason="no category found; voice note, not transcribed"
    )
    await bench.describe(report, file, f"No water in Gatwekera, call {PHONE_NUMBER}")
    assert ((await bench.file(report)).reading, (await bench.file(report)).says) == ("waiting", None)
    assert await bench.read() == 1
    assert await bench.read() == 0
    after = await bench.stored(report)
    assert after.text == "No water in Gatwekera, call [phone]"
    assert (after.place_name, after.place_by, after.area) == ("Gatwekera", "machine", "upper")
    assert await bench.codes(report) == ["water"]
    assert after.status == "in_review"
    assert after.review_reason == "a moderator wrote down what a file says"
    shown = await bench.file(report)
    assert (shown.says, shown.reading, shown.writer) == ("No water in Gatwekera, call [phone]", "done", "asha")
    async with bench.database.reading() as session:
        acts_done = list(await session.scalars(select(Audit.act).where(Audit.object == f"report:{report.id}")))
        [row] = await session.scalars(select(Transcript))
    assert acts_done == ["describe_file"]
    assert PHONE_NUMBER not in bench.secrets.unseal(row.text or b"")


async def test_it_is_read_with_the_words_that_are_there(bench: Bench) -> None:
    report, file = await bench.report(text="It is still dry")
    await bench.describe(report, file, "No water in Gatwekera")
    await bench.read()
    assert bench.reader.texts == [
        "It is still dry\nNo water in Gatwekera",
        "It is still dry",
        "No water in Gatwekera",
    ]
    assert (await bench.stored(report)).text == "It is still dry\nNo water in Gatwekera"


async def test_what_is_written_anew_takes_the_place_of_what_was(bench: Bench) -> None:
    report, file = await bench.report(text="It is still dry")
    await bench.describe(report, file, "No water in Gatwekera")
    await bench.read()
    await bench.describe(report, file, "No water in Mashimoni")
    await bench.read()
    assert (await bench.stored(report)).text == "It is still dry\nNo water in Mashimoni"
    assert (await bench.file(report)).says == "No water in Mashimoni"
    await bench.describe(report, file, "No light")
    await bench.describe(report, file, "No lamp")
    assert await bench.read() == 1
    assert (await bench.stored(report)).text == "It is still dry\nNo lamp"


async def test_what_people_decided_stands(bench: Bench) -> None:
    report, file = await bench.report(categories=("roads",))
    async with bench.database.writing() as session:
        done = await moderation.correct_categories(
            session, act(bench.programme, report, bench.user_id, bench.now), ["roads", "clinic"]
        )
        await moderation.accept(session, done)
    await bench.describe(report, file, "No water in Gatwekera")
    await bench.read()
    after = await bench.stored(report)
    assert (after.status, after.review_reason) == ("in_review", "its texts changed after a person read it")
    assert await bench.codes(report) == ["clinic", "roads"]


async def test_what_turns_out_sensitive_goes_to_the_vault_with_its_file(bench: Bench) -> None:
    report, file = await bench.report(text="listen to this")
    bench.reader.says = SENSITIVE
    await bench.describe(report, file, "my husband beats me")
    await bench.read()
    after = await bench.stored(report)
    assert (after.sensitive, after.text, after.status, after.review_reason) == (True, None, "in_review", "sensitive")
    assert await bench.codes(report) == []
    async with bench.database.writing() as session:
        content = await opened(session, bench, report)
        assert content.text == "listen to this\nmy husband beats me"
        assert content.kinds == ("gender_based_violence",)
        with pytest.raises(NotFound):
            await showing.open_file(session, bench.secrets, "village", file, "moderator", bench.user_id, bench.now)
    assert (await bench.file(report)).says is None


async def test_in_the_vault_it_joins_what_is_sealed(bench: Bench) -> None:
    report = await make_sensitive(bench.database, bench.secrets, bench.now, text="he hurt her")
    file = await make_file(bench.database, bench.secrets, report, files.voice_note(), bench.now, words="he hurt her")
    with pytest.raises(NotFound):
        await bench.describe(report, file, "she says it again")
    await bench.describe(report, file, "she says it again", role="focal_point")
    await bench.read()
    await bench.describe(report, file, "she says more", role="focal_point")
    await bench.read()
    after = await bench.stored(report)
    assert (after.sensitive, after.text) == (True, None)
    async with bench.database.writing() as session:
        assert (await opened(session, bench, report)).text == "he hurt her\nshe says more"


async def test_a_report_saved_while_the_machine_reads_is_read_again(bench: Bench) -> None:
    report, file = await bench.report(text="It is still dry")
    await bench.describe(report, file, "No water in Gatwekera")

    class Slow(Reader):
        async def analyse(self, programme: str, texts: Sequence[str]) -> list[nlp.Analysis]:
            found = await super().analyse(programme, texts)
            if len(self.texts) == 3:
                hand = act(bench.programme, report, bench.user_id, bench.now, revision=1)
                async with bench.database.writing() as session:
                    await moderation.set_urgent(session, hand, True)
            return found

    bench.reader = Slow()
    await bench.read()
    after = await bench.stored(report)
    assert (after.text, after.urgent) == ("It is still dry\nNo water in Gatwekera", True)


async def test_what_breaks_the_machine_is_set_aside_and_can_be_written_anew(bench: Bench) -> None:
    report, file = await bench.report()
    bench.reader.broken = True
    await bench.describe(report, file, "No water in Gatwekera")
    for _ in range(rereading.ATTEMPTS):
        assert await bench.read() == 1
        bench.now += timedelta(minutes=2)
    assert await bench.read() == 0
    assert (await bench.file(report)).reading == "dead"
    bench.reader.broken = False
    await bench.describe(report, file, "No water in Gatwekera")
    await bench.read()
    assert (await bench.file(report)).reading == "done"


@pytest.mark.parametrize(("words", "why"), [(" \n", "Write down"), ("x" * 4001, "At most 4000")])
async def test_it_has_words_and_not_too_many(bench: Bench, words: str, why: str) -> None:
    report, file = await bench.report()
    with pytest.raises(NotAllowed, match=why):
        await bench.describe(report, file, words)


async def test_nothing_is_added_to_what_was_erased(bench: Bench) -> None:
    report, file = await bench.report(text=None)
    with pytest.raises(NotAllowed, match="erased"):
        await bench.describe(report, file, "No water")


async def test_a_file_of_another_report_is_not_found(bench: Bench) -> None:
    report, _ = await bench.report()
    _, other = await bench.report()
    with pytest.raises(NotFound):
        await bench.describe(report, other, "No water")


async def test_forgetting_erases_files_and_what_was_written_down(bench: Bench) -> None:
    report, file = await bench.report(text="It is still dry")
    await bench.describe(report, file, "No water in Gatwekera")
    await bench.read()
    await bench.describe(report, file, "No water in Mashimoni")
    async with bench.database.writing() as session:
        reporter = await session.get_one(Reporter, report.reporter_id)
        asked_by = await session.get_one(Message, await session.scalar(select(func.max(Message.id))))
        await reporters.forget(session, reporter, asked_by, bench.now)
    await bench.read()
    assert (await bench.stored(report)).text is None
    async with bench.database.reading() as session:
        rows = await session.execute(select(Attachment.state, Attachment.content, Attachment.preview))
        assert [tuple(row) for row in rows] == [("erased", None, None)]
        assert set(await session.scalars(select(Transcript.text))) == {None}
        assert set(await session.scalars(select(Transcript.state))) == {"erased"}
        assert list(await session.scalars(select(ReportCategory.why))) == [""]


async def test_a_moderator_erases_one_file_and_keeps_what_it_said(bench: Bench) -> None:
    report, file = await bench.report(text="It is still dry")
    await bench.describe(report, file, "No water in Gatwekera")
    await bench.read()
    async with bench.database.writing() as session:
        await acts.erase(
            session,
            act(bench.programme, report, bench.user_id, bench.now, revision=(await bench.stored(report)).revision),
            file,
        )
    assert (await bench.stored(report)).text == "It is still dry\nNo water in Gatwekera"
    shown = await bench.file(report)
    assert (shown.state, shown.size, shown.says) == ("erased", None, "No water in Gatwekera")
    async with bench.database.writing() as session:
        with pytest.raises(NotFound):
            await showing.open_file(session, bench.secrets, "village", file, "moderator", bench.user_id, bench.now)
