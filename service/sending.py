"""Texts on their way out: each channel flows by itself, replies first, with retries, never quietly twice.

A flow claims as many texts as its line has room for, sends them side by side, and records each as it comes back; in the
same transaction it claims the next. So a slow provider holds up nobody else's texts.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog
from aiohttp import ClientSession
from sqlalchemy import or_, select
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from channels.base import Channel, Outbound, SendFailed
from service import deliveries, extras, lines, optouts, screening
from service.dating import date_report
from service.db import Database
from service.media import enclosing
from service.models import Line, Message
from service.outgoing import change
from service.programme import Programme
from service.screening import Ready
from service.secrets import Secrets, Unsealable

BACKOFF = tuple(timedelta(seconds=s) for s in (30, 120, 600, 3600, 21600))
"""Waits after each failed attempt; after the last one the text is dead."""
JITTER = 0.2
LONGEST_WAIT = timedelta(hours=24)
"""No provider puts a text off for longer, whatever it asks."""
PATIENCE = 60.0
"""Seconds after which a send that has not come back is given up."""
LEASE = timedelta(minutes=2)
"""Longer than any send takes: whoever holds a text longer is dead."""
AT_ONCE = 20
"""Texts of one channel on their way side by side, in one process."""
LINGER = 0.02
"""Seconds in which texts that come back are recorded together."""
AGAIN = 1.0
"""Seconds between attempts to reach a database that is away."""
OUR_OWN = frozenset({"unreadable", "broken"})
"""Failures that say nothing of the line: the provider was not asked."""
Clock = Callable[[], datetime]

log = structlog.get_logger()


@dataclass(frozen=True)
class Exit:
    """One channel as the outbox sees it. `address` is where providers reach us."""

    name: str
    channel: Channel
    programme: Programme | None
    address: str

    @property
    def rate(self) -> float | None:
        return lines.rate_of(self.programme, self.name)


@dataclass(frozen=True)
class Outcome:
    """What came of a send: the provider's id, or a failure with its word of FAILURES."""

    message: Message
    probe: bool
    external_id: str | None = None
    failed: SendFailed | None = None
    why: str = field(default="")


async def send_due(
    database: Database,
    secrets: Secrets,
    channels: Mapping[str, Channel],
    http: ClientSession,
    now: datetime,
    programmes: Mapping[str, Programme] | None = None,
    address: str = "",
) -> int:
    """Send all that is due at a moment, every channel at once; returns how many texts were tried."""
    exits = _exits(channels, programmes or {}, address)
    busy = await _with_work(database, list(exits.values()), now)
    return sum(await asyncio.gather(*(_flow(database, secrets, exits[name], http, lambda: now) for name in busy)))


async def keep_sending(
    database: Database,
    secrets: Secrets,
    programmes: Mapping[str, Programme],
    channels: Mapping[str, Channel],
    http: ClientSession,
    address: str,
    stop: asyncio.Event,
    idle: float = 0.5,
) -> None:
    """Let every channel flow that has something to send, until `stop`; what was begun is finished."""
    exits = _exits(channels, programmes, address)
    flows: dict[str, asyncio.Task[int]] = {}
    while not stop.is_set():
        flows = {name: task for name, task in flows.items() if not _ended(name, task)}
        try:
            for name in await _with_work(database, [exits[n] for n in exits if n not in flows], datetime.now(UTC)):
                flow = _flow(database, secrets, exits[name], http, lambda: datetime.now(UTC), stop)
                flows[name] = asyncio.create_task(flow, name=f"outbox of {name}")
        except (SQLAlchemyError, OSError) as error:
            log.error("outbox waits for the database", error=type(error).__name__)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), idle)
    if flows:
        await asyncio.gather(*flows.values(), return_exceptions=True)


def _exits(channels: Mapping[str, Channel], programmes: Mapping[str, Programme], address: str) -> dict[str, Exit]:
    return {
        name: Exit(name, channel, programmes.get(name.partition("/")[0]), address) for name, channel in channels.items()
    }


def _ended(name: str, task: asyncio.Task[int]) -> bool:
    """Whether a flow has come to its end. One that broke is begun anew: its texts are leased, not lost."""
    if task.done() and (error := task.exception()) is not None:
        log.error("outbox of a channel broke off", channel=name, error=type(error).__name__)
    return task.done()


async def _with_work(database: Database, exits: Sequence[Exit], now: datetime) -> list[str]:
    """Of these channels, those with anything to do, in one question."""
    if not exits:
        return []
    questions = []
    for number, exit in enumerate(exits):
        busy = select(Line.channel).where(Line.channel == exit.name, or_(Line.open_until > now, Line.next_at > now))
        work = screening.has_work(exit.name, exit.channel, now, resting=busy.exists())
        questions.append(work.label(f"work_{number}"))
    async with database.reading() as session:
        answers = (await session.execute(select(*questions))).one()
    return [exit.name for exit, has_work in zip(exits, answers, strict=True) if has_work]


async def _flow(
    database: Database,
    secrets: Secrets,
    exit: Exit,
    http: ClientSession,
    clock: Clock,
    stop: asyncio.Event | None = None,
) -> int:
    """Send a channel's texts until none is due or none may go; returns how many were tried."""
    async with database.writing() as session:
        await screening.tidy(session, exit.name, exit.channel, exit.programme, clock())
    sending: set[asyncio.Task[Outcome]] = set()
    back: list[Outcome] = []
    tried = 0
    while True:
        wanted = 0 if stop is not None and stop.is_set() else AT_ONCE - len(sending)
        try:
            async with database.writing() as session:
                line = await lines.lock(session, exit.name, clock())
                for outcome in back:
                    await _record(session, exit, line, outcome, clock())
                await deliveries.catch_up(session, exit.name, _ids(back), clock())
                claimed, ready, probe = await _claim(session, secrets, exit, line, wanted, clock())
        except (SQLAlchemyError, OSError) as error:
            if stop is None or stop.is_set() or isinstance(error, (IntegrityError, DataError, ProgrammingError)):
                raise
            # What came back is known here alone: it is recorded as soon as the database is there again.
            log.error("outbox waits for the database", error=type(error).__name__)
            await asyncio.sleep(AGAIN)
            continue
        back = []
        sending |= {asyncio.create_task(_send(exit, http, secrets, text, probe, clock())) for text in ready}
        tried += len(ready)
        if not sending and not claimed:
            return tried
        if sending:
            await asyncio.wait(sending, return_when=asyncio.FIRST_COMPLETED)
            done, sending = await asyncio.wait(sending, timeout=LINGER)
            back = [task.result() for task in done]


async def _claim(
    session: AsyncSession, secrets: Secrets, exit: Exit, line: Line, wanted: int, now: datetime
) -> tuple[int, list[Ready], bool]:
    """How many texts were claimed, those of them to send now, and whether the one is a probe of a resting line."""
    room = lines.room(line, exit.rate, wanted, now)
    claimed = await screening.claim(session, exit.name, room.texts, LEASE, now)
    ready = await screening.screen(session, secrets, exit.channel, claimed, now)
    lines.take(line, exit.rate, len(ready), room.probe, now)
    return len(claimed), ready, room.probe


async def _send(exit: Exit, http: ClientSession, secrets: Secrets, text: Ready, probe: bool, now: datetime) -> Outcome:
    message = text.message
    assert message.body is not None
    try:
        template = extras.unseal_template(secrets, message.extra) if text.by_template else None
        file = enclosing.link(secrets, exit.address, text.file, now)
        to, words = secrets.unseal(text.address), secrets.unseal(message.body)
        async with asyncio.timeout(PATIENCE):
            sent = await exit.channel.send(http, Outbound(to, words, f"answerable-{message.id}", file, template))
        return Outcome(message, probe, sent)
    except SendFailed as failure:
        return Outcome(message, probe, failed=failure, why=_why(failure))
    except Unsealable as error:
        locked = SendFailed(f"The text cannot be opened: {error}.", retry=False)
        return Outcome(message, probe, failed=locked, why="unreadable")
    except TimeoutError:
        late = SendFailed("the provider did not answer in time", retry=True, uncertain=True, fault="line")
        return Outcome(message, probe, failed=late, why=_why(late))
    except Exception as error:
        # A fault of our own in one channel, on one text, must not end the outbox of all.
        log.error("channel failed", channel=message.channel, message=message.id, error=type(error).__name__)
        broken = SendFailed(f"our channel failed: {type(error).__name__}", retry=False, uncertain=True)
        return Outcome(message, probe, failed=broken, why="broken")


def _ids(back: Sequence[Outcome]) -> list[str]:
    """By which the provider knows the texts it took."""
    return [outcome.external_id for outcome in back if outcome.external_id is not None]


def _why(failure: SendFailed) -> str:
    if failure.opted_out:
        return "opted_out"
    if failure.fault != "text":
        return failure.fault
    return "unknown" if failure.uncertain else "refused"


async def _record(session: AsyncSession, exit: Exit, line: Line, outcome: Outcome, now: datetime) -> None:
    """Note what came of a send, for the text and for its line."""
    message, failed = outcome.message, outcome.failed
    mine = Message.id == message.id
    if failed is None:
        lines.carried(line, now)
        # Also one that was taken for cut off meanwhile: now we know.
        sent = change(
            "sent",
            mine,
            came_from=("sending", "uncertain"),
            **screening.FRESH,
            address=None,
            external_id=outcome.external_id,
            sent_at=now,
        )
        await session.execute(sent)
        await date_report(session, message.report_id, message.purpose, now)
        return
    log.warning("not sent", message=message.id, channel=exit.name, reason=str(failed), attempt=message.attempts)
    if failed.fault in lines.FAULTY:
        lines.failed(line, failed, outcome.probe, now)
    elif outcome.why in OUR_OWN:
        lines.not_tried(line, outcome.probe, now)
    else:
        lines.carried(line, now)
        if failed.fault == "busy":
            lines.pause(line, failed.retry_after, now)
    state, values = _after_failure(exit, line, outcome, failed, now)
    # Also for one that was taken for cut off meanwhile; not for one that somebody sends anew.
    ours = or_(Message.leased_until == message.leased_until, Message.state == "uncertain")
    known = ("sending",) if state == "uncertain" else ("sending", "uncertain")
    noted = {"leased_until": None, "error": str(failed), "failure": outcome.why}
    await session.execute(change(state, mine, ours, came_from=known, **noted, **values))
    if failed.opted_out:
        await optouts.note(session, exit.name, mine, now)


def _after_failure(
    exit: Exit, line: Line, outcome: Outcome, failed: SendFailed, now: datetime
) -> tuple[str, dict[str, object]]:
    """The state of a text that was not sent, and when it is due again."""
    if failed.uncertain and not exit.channel.idempotent:
        return "uncertain", {}
    if failed.fault in lines.FAULTY and line.open_until is not None:
        # It waits behind the others, so that another text tries next, and this attempt does not count.
        due_at = line.open_until + timedelta(seconds=60 * random.random())
        return "queued", {"attempts": Message.attempts - 1, "due_at": due_at}
    again = failed.retry or failed.fault != "text" or failed.uncertain
    if again and outcome.message.attempts <= len(BACKOFF):
        return "queued", {"due_at": now + _wait(outcome.message.attempts, failed.retry_after)}
    return "dead", {}


def _wait(attempts: int, retry_after: float | None) -> timedelta:
    """The wait before the next attempt: spread, so that not all come at once, and no shorter than the provider asked."""
    wait = BACKOFF[min(attempts, len(BACKOFF)) - 1] * (1 + random.uniform(0, JITTER))
    asked = min(retry_after or 0.0, LONGEST_WAIT.total_seconds())
    return max(wait, timedelta(seconds=asked))
