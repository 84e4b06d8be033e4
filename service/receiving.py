"""Reading what a channel brought and storing it: the same at the door and when a request is tried again.

What cannot be read goes into quarantine, whole, in the same commit as what can: one odd item among several costs none of
the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from channels.base import BadPayload, Channel, Delivery, Inbound, Webhook
from service import quarantine, webhooks
from service.arrivals import Arrival
from service.db import Database
from service.intake import Intake, NotStored, Refused
from service.models import Quarantine
from service.quarantine import Which
from service.secrets import Unsealable

log = structlog.get_logger()


class QuarantineFull(NotStored):
    """Too much of this channel waits to be read already. Answered with 503 and Retry-After."""


async def take(intake: Intake, name: str, channel: Channel, hook: Webhook, now: datetime) -> None:
    """Store what an authentic request brought. `name` is <programme>/<channel>.

    Raises BadPayload if not all of it could be read; by then the request is safe in quarantine, and the rest of it stored.
    Raises QuarantineFull, IntakeFull or NotStored if it is not safe.
    """
    items, fault = read(channel, hook)
    arrival = intake.arrival(name.partition("/")[0], name, items, now)
    if fault is None:
        try:
            await intake.take(arrival)
            return
        except Refused:
            fault, arrival = BadPayload("the database refuses what it holds"), Arrival()
    if await _is_full(intake.database, name):
        raise QuarantineFull("the quarantine is full")
    kept = quarantine.row(intake.secrets, name, hook, str(fault), now)
    await intake.take(replace(arrival, unread=[kept]))
    log.warning("quarantined", channel=name, reason=str(fault))
    raise fault


def read(channel: Channel, hook: Webhook) -> tuple[Sequence[Inbound | Delivery], BadPayload | None]:
    """What a request brought, and what was wrong with the rest of it."""
    try:
        return channel.parse(hook), None
    except BadPayload as fault:
        return fault.read, fault
    except Exception as error:
        # A fault of ours. The person's text must not go the way of our traceback.
        return (), BadPayload(f"reading it failed with {type(error).__name__}; that is a fault of Answerable")


@dataclass(frozen=True)
class Outcome:
    """How many requests were read now, and how many still cannot be; `reason` is that of the last."""

    read: int
    failed: int
    reason: str = ""


async def try_again(intake: Intake, channels: Mapping[str, Channel], which: Which, now: datetime) -> Outcome:
    """Read waiting requests again. What they brought is stored as of when they came. Raises NotStored."""
    async with intake.database.reading() as session:
        ids = await quarantine.waiting(session, which, now)
    done, failed, reason = 0, 0, ""
    for id in ids:
        async with intake.database.writing() as session:
            request = await quarantine.claim(session, id, now)
        if request is None:
            continue
        try:
            fault = await _take_again(intake, channels, request)
        except BaseException:
            async with intake.database.writing() as session:
                await quarantine.let_go(session, id)
            raise
        async with intake.database.writing() as session:
            if fault is None:
                await quarantine.mark_read(session, id, now)
                done += 1
            else:
                await quarantine.mark_failed(session, id, fault, now)
                failed, reason = failed + 1, fault
    return Outcome(done, failed, reason)


async def _take_again(intake: Intake, channels: Mapping[str, Channel], request: Quarantine) -> str | None:
    """Store what can be read now; why not all of it could be, or None."""
    channel = channels.get(request.channel)
    if channel is None:
        return "the channel is closed; its secrets are not set"
    try:
        hook = webhooks.unpack(intake.secrets.unseal(request.request))
    except (Unsealable, BadPayload) as error:
        return str(error)
    items, fault = read(channel, hook)
    try:
        await intake.store(request.programme, request.channel, items, request.created_at)
    except Refused:
        return "the database refuses what it holds"
    return None if fault is None else str(fault)


async def _is_full(database: Database, channel: str) -> bool:
    try:
        async with database.reading() as session:
            return await quarantine.is_full(session, channel)
    except (SQLAlchemyError, OSError):
        # Away: the request goes to the spool, which has an end of its own.
        return False
