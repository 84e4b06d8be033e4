"""Taking one text to its end: it is noted what it was, its files find the report, and it gets the one reply."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from service import outbox, reporters, reports
from service.conversation import holding
from service.conversation.deciding import decide
from service.conversation.pieces import LONGEST
from service.conversation.reading import is_readable
from service.conversation.values import MEMBERS, Incoming, Outcome, Turn
from service.media import taking as media
from service.outgoing import REPLY
from service.programme import Programme
from service.secrets import Secrets


async def take(
    session: AsyncSession, secrets: Secrets, programme: Programme, incoming: Incoming, now: datetime
) -> bool:
    """Take one text to its end. Runs in the transaction that marks its messages done.

    False where its sender had themselves forgotten since they wrote a piece of it: then that is erased, and nothing is taken.
    """
    message = incoming.message
    reporter = await reporters.find_or_add(session, message, now, incoming.others)
    if reporter is None:
        return False
    for other in incoming.others:
        reporters.attribute(reporter, other)
    turn = Turn(session, secrets, programme, reporter, incoming, now)
    outcome = await decide(turn)
    _record(secrets, incoming, outcome)
    if outcome.report is not None:
        for number, each in enumerate((message, *incoming.others)):
            await media.take(session, secrets, outcome.report, each, number == 0 and is_readable(incoming.text), now)
    if outcome.reply is not None and await holding.may_reply(session, message, now):
        await outbox.queue(
            session,
            secrets,
            programme,
            reporter,
            outcome.reply,
            outcome.slots or {},
            now=now,
            report_id=message.report_id,
            reply_to=message.id,
            address=outcome.farewell,
        )
        await _inform(turn, outcome)
    return True


def _record(secrets: Secrets, incoming: Incoming, outcome: Outcome) -> None:
    """Note on each message what it was. Here everything that came with a text finds its report."""
    analysis = incoming.analysis
    alone = () if analysis is None else (analysis.redacted,)
    redacted = incoming.redacted or alone
    cause = outcome.cause
    if len(incoming.text) >= LONGEST:
        cause += f"; only its first {LONGEST:,} characters were read"
    for number, message in enumerate((incoming.message, *incoming.others)):
        member = outcome.purpose in MEMBERS
        message.purpose = outcome.purpose if number == 0 or not member else "part"
        message.cause = cause if number == 0 or not member else "sent together with the text before"
        if outcome.report is not None:
            message.report_id = outcome.report.id
        open_words = outcome.purpose == "held" and analysis is not None and not analysis.sensitive
        if (member or open_words) and number < len(redacted):
            message.redacted = secrets.seal(reports.clean(redacted[number]))
        if outcome.farewell is not None:
            message.body = message.extra = None
        message.state, message.leased_until, message.error = "done", None, None


async def _inform(turn: Turn, outcome: Outcome) -> None:
    """Tell whoever reports danger whom to call, and a new person once, after their first receipt, what happens to their words.

    Not after a sensitive account, whose receipt says it: a second text may be read by the wrong eyes.
    """
    report, reporter, rules = outcome.report, turn.reporter, turn.programme.rules
    if outcome.purpose != "account" or report is None or outcome.reply == "receipt_sensitive":
        return
    if report.urgent and (rules.emergency or rules.helpline):
        # They may wait for us to come. What happens to their words is told another time.
        key = f"danger:{reporter.id}:{turn.now.date().isoformat()}"
        await outbox.queue(
            turn.session,
            turn.secrets,
            turn.programme,
            reporter,
            "attention_danger",
            {},
            now=turn.now,
            report_id=report.id,
            dedupe=key,
            priority=REPLY,
        )
        return
    if reporter.informed_at is not None:
        return
    reporter.informed_at = turn.now
    once = f"privacy:{reporter.id}"
    await outbox.queue(turn.session, turn.secrets, turn.programme, reporter, "privacy", {}, now=turn.now, dedupe=once)
