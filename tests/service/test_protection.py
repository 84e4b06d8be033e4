"""Into the vault, out of sight, referred, and back."""

from __future__ import annotations

import json
from datetime import datetime

import pytest
from sqlalchemy import select, text

from service import audit, dossier, moderation, protection, vault
from service.db import Database
from service.lessons import lessons_of
from service.models import Decision, Report, Vault
from service.programme import Programme
from service.secrets import Secrets
from service.spots import Spot
from service.workflow import NotAllowed, NotFound
from tests.service.making import ANALYSIS, act, make_report, make_sensitive, make_user

WORDS = "He hurt her at Mashimoni"


async def everything(database: Database, secrets: Secrets) -> str:
    """All that the open tables hold, as one string, decisions and audit included; the vault stays sealed."""
    tables = ("reports", "report_categories", "analyses", "vault", "audit")
    async with database.reading() as session:
        rows = [str((await session.execute(text(f"SELECT * FROM {table}"))).all()) for table in tables]
    return "\n".join(rows)


async def test_protecting_leaves_no_words_categories_or_place_in_the_open(
    database: Database, programme: Programme, secrets: Secrets, now: datetime
) -> None:
    asha = await make_user(database, "asha", {"village": "moderator"}, now)
    report = await make_report(
        database, now, text=WORDS, place_name="Mashimoni", lat=-1.3, lon=36.7, area="upper", place_by="machine"
    )
    assert WORDS in await everything(database, secrets)
    async with database.writing() as session:
        await protection.protect(session, secrets, act(programme, report, asha, now), ["violence"])
    left = await everything(database, secrets)
    for trace in (WORDS, "Mashimoni", "water", "-1.3"):
        assert trace not in left
    async with database.reading() as session:
        fresh = await session.get_one(Report, report.id)
        kept = await session.get_one(Vault, report.id)
    assert (fresh.sensitive, fresh.status, fresh.text, fresh.area, fresh.revision) == (True, "in_review", None, None, 1)
    assert kept.kinds == ["violence"]
    assert json.loads(secrets.unseal(kept.content or b""))["text"] == WORDS


async def test_only_once_and_only_for_a_named_reason(
    database: Database, programme: Programme, secrets: Secrets, now: datetime
) -> None:
    asha = await make_user(database, "asha", {"village": "focal_point"}, now)
    report = await make_report(database, now)
    hand = act(programme, report, asha, now, role="focal_point")
    for kinds in ([], ["gossip"], ["violence", "gossip"]):
        with pytest.raises(NotAllowed, match="Choose"):
            async with database.writing() as session:
                await protection.protect(session, secrets, hand, kinds)
    async with database.writing() as session:
        hand = await protection.protect(session, secrets, hand, ["violence"])
    with pytest.raises(NotAllowed, match="already"):
        async with database.writing() as session:
            await protection.protect(session, secrets, hand, ["corruption"])
    with pytest.raises(NotAllowed, match="already"):
        async with database.writing() as session:
            await vault.seal(session, secrets, report.id, "another", {}, ["corruption"], now)


@pytest.mark.parametrize("status", ["accepted", "forwarded", "answered", "resolved", "disputed", "rejected"])
async def test_a_report_is_protected_wherever_it_stands(
    database: Database, programme: Programme, secrets: Secrets, now: datetime, status: str
) -> None:
    asha = await make_user(database, "asha", {"village": "moderator"}, now)
    report = await make_report(database, now, status=status)
    async with database.writing() as session:
        await protection.protect(session, secrets, act(programme, report, asha, now), ["violence"])
        assert (await session.get_one(Report, report.id, populate_existing=True)).status == "in_review"


async def test_a_failed_protection_leaves_all_as_it_was(
    database: Database, programme: Programme, secrets: Secrets, now: datetime
) -> None:
    asha = await make_user(database, "asha", {"village": "moderator"}, now)
    report = await make_report(database, now, text=WORDS)
    with pytest.raises(NotAllowed, match="while you were reading"):
        async with database.writing() as session:
            await protection.protect(session, secrets, act(programme, report, asha, now, revision=3), ["violence"])
    async with database.reading() as session:
        assert await session.get(Vault, report.id) is None
        assert (await session.get_one(Report, report.id)).text == WORDS


@pytest.mark.parametrize("role", ["moderator", "admin"])
async def test_nobody_but_focal_points_opens_or_touches_the_vault(
    database: Database, programme: Programme, secrets: Secrets, now: datetime, role: str
) -> None:
    asha = await make_user(database, "asha", {"village": role}, now)
    report = await make_sensitive(database, secrets, now, text=WORDS)
    hand = act(programme, report, asha, now, role=role)
    async with database.writing() as session:
        with pytest.raises(NotFound):
            await vault.read(session, secrets, "village", report.reference, role, asha, now)
        with pytest.raises(NotFound):
            await dossier.open_report(session, secrets, "village", report.reference, role, now)
        for deed in (
            moderation.accept(session, hand),
            moderation.reject(session, hand, "test"),
            moderation.set_urgent(session, hand, True),
            protection.refer(session, hand, "clinic", "given", "needs care"),
            protection.unprotect(session, secrets, hand, "not at all"),
        ):
            with pytest.raises(NotFound):
                await deed
        assert await audit.read(session, "village", acts=("read_vault",)) == []


async def test_every_opening_is_written_down(
    database: Database, programme: Programme, secrets: Secrets, now: datetime
) -> None:
    focal = await make_user(database, "fay", {"village": "focal_point"}, now)
    report = await make_sensitive(database, secrets, now, text=WORDS)
    for _ in range(2):
        async with database.writing() as session:
            content = await vault.read(session, secrets, "village", report.reference, "focal_point", focal, now)
    assert (content.text, content.kinds) == (WORDS, ("violence",))
    assert WORDS not in repr(content)
    async with database.reading() as session:
        lines = await audit.read(session, "village", acts=("read_vault",))
        shut = await dossier.open_report(session, secrets, "village", report.reference, "focal_point", now)
    assert [(line.login, line.object) for line in lines] == [("fay", f"report:{report.id}")] * 2
    assert (shut.report.text, shut.analysis, shut.categories) == (None, None, ())


async def test_a_referral_needs_consent_an_addressee_and_a_reason(
    database: Database, programme: Programme, secrets: Secrets, now: datetime
) -> None:
    focal = await make_user(database, "fay", {"village": "focal_point"}, now)
    report = await make_sensitive(database, secrets, now, text=WORDS)
    plain = await make_report(database, now)
    hand = act(programme, report, focal, now, role="focal_point")
    async with database.writing() as session:
        for to, consent, note in (("clinic", "", "x"), ("clinic", "no", "x"), (" ", "given", "x"), ("x", "given", " ")):
            with pytest.raises(NotAllowed):
                await protection.refer(session, hand, to, consent, note)
        with pytest.raises(NotAllowed, match="Only a sensitive"):
            await protection.refer(
                session, act(programme, plain, focal, now, role="focal_point"), "clinic", "given", "x"
            )
        with pytest.raises(NotAllowed, match="referred, not accepted"):
            await moderation.accept(session, hand)
        hand = await protection.refer(session, hand, "Women's clinic", "given", "She asked for a doctor")
    async with database.reading() as session:
        fresh = await session.get_one(Report, report.id)
        decision = (await session.scalars(select(Decision))).one()
    assert (fresh.status, fresh.reviewed_at, fresh.sensitive) == ("referred", now, True)
    assert decision.after == {"status": "referred", "consent": "given", "to": "Women's clinic"}
    async with database.writing() as session:
        with pytest.raises(NotAllowed, match="stays in the vault"):
            await protection.unprotect(session, secrets, hand, "changed my mind")


async def test_what_is_not_sensitive_comes_back_as_it_was(
    database: Database, programme: Programme, secrets: Secrets, now: datetime
) -> None:
    asha = await make_user(database, "asha", {"village": "moderator"}, now)
    focal = await make_user(database, "fay", {"village": "focal_point"}, now)
    report = await make_report(database, now, text=WORDS)
    async with database.writing() as session:
        hand = await moderation.correct_categories(session, act(programme, report, asha, now), ["water", "roads"])
        hand = await moderation.correct_place(session, hand, Spot("Kosovo", -1.26, 36.856, "lower", 0.5))
        hand = await protection.protect(session, secrets, hand, ["violence"])
    hand = act(programme, report, focal, now, role="focal_point", revision=hand.revision)
    async with database.writing() as session:
        with pytest.raises(NotAllowed, match="why"):
            await protection.unprotect(session, secrets, hand, " ")
        await protection.unprotect(session, secrets, hand, "A game of football")
    async with database.reading() as session:
        found = await dossier.open_report(session, secrets, "village", report.reference, "moderator", now)
        assert await session.get(Vault, report.id) is None
    assert (found.report.text, found.report.sensitive, found.report.place_name) == (WORDS, False, "Kosovo")
    assert (found.report.area, found.report.radius_km, found.report.status) == ("lower", 0.5, "in_review")
    assert (found.report.place_by, found.report.place_score) == ("moderator", 1.0)
    assert {row.code: (row.score, row.by) for row in found.categories} == {
        "water": (0.71, "machine"),
        "roads": (1.0, "moderator"),
    }
    assert found.analysis == ANALYSIS


async def test_nothing_is_learned_from_the_vault(
    database: Database, programme: Programme, secrets: Secrets, now: datetime
) -> None:
    asha = await make_user(database, "asha", {"village": "moderator"}, now)
    report = await make_report(database, now, text=WORDS)
    async with database.writing() as session:
        hand = await moderation.correct_categories(session, act(programme, report, asha, now), ["roads"])
        assert len(await lessons_of(session, programme)) == 1
        await protection.protect(session, secrets, hand, ["violence"])
        assert await lessons_of(session, programme) == []


async def test_what_comes_back_is_fit_for_every_database_and_page(
    database: Database, programme: Programme, secrets: Secrets, now: datetime
) -> None:
    focal = await make_user(database, "fay", {"village": "focal_point"}, now)
    report = await make_sensitive(database, secrets, now, text="he \x00 hurt \ud800 her \u202e foot")
    async with database.writing() as session:
        hand = act(programme, report, focal, now, role="focal_point")
        await protection.unprotect(session, secrets, hand, "A game of football")
    async with database.reading() as session:
        fresh = await session.get_one(Report, report.id)
    assert fresh.text == "he   hurt ? her   foot"
    assert fresh.status == "in_review"
