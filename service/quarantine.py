"""Authentic requests that nobody could read: sealed whole, and replayed after a fix."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from multidict import CIMultiDict
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from channels.base import BadPayload, Channel, Delivery, Inbound, Webhook
from service.models import Quarantine
from service.secrets import Secrets


async def keep(
    session: AsyncSession, secrets: Secrets, channel: str, hook: Webhook, reason: str, now: datetime
) -> None:
    """Seal and store one request. `channel` is <programme>/<name>; `reason` holds no words of it."""
    request = {
        "method": hook.method,
        "url": hook.url,
        "query": dict(hook.query),
        "headers": dict(hook.headers),
        "form": dict(hook.form),
        "body": base64.b64encode(hook.body).decode(),
    }
    session.add(
        Quarantine(
            programme=channel.partition("/")[0],
            channel=channel,
            request=secrets.seal(json.dumps(request)),
            reason=reason,
            state="waiting",
            created_at=now,
        )
    )


@dataclass(frozen=True)
class Readable:
    """A quarantined request that can be read now, with what it brought."""

    id: int
    channel: str
    items: list[Inbound | Delivery]


async def readable(session: AsyncSession, secrets: Secrets, channels: Mapping[str, Channel]) -> list[Readable]:
    """Read every waiting request again. Store what they brought, then `mark_replayed`; in that order nothing is lost."""
    found = []
    for row in await session.scalars(select(Quarantine).where(Quarantine.state == "waiting").order_by(Quarantine.id)):
        channel = channels.get(row.channel)
        if channel is None:
            continue
        try:
            found.append(Readable(row.id, row.channel, channel.parse(_hook(secrets.unseal(row.request)))))
        except BadPayload:
            continue
    return found


async def mark_replayed(session: AsyncSession, ids: Sequence[int]) -> None:
    """These are done."""
    await session.execute(update(Quarantine).where(Quarantine.id.in_(ids)).values(state="replayed"))


async def count_waiting(session: AsyncSession) -> int:
    """How many still cannot be read."""
    return await session.scalar(select(func.count()).select_from(Quarantine).where(Quarantine.state == "waiting")) or 0


def _hook(request: str) -> Webhook:
    fields = json.loads(request)
    return Webhook(
        method=fields["method"],
        url=fields["url"],
        query=fields["query"],
        headers=CIMultiDict(fields["headers"]),
        form=fields["form"],
        body=base64.b64decode(fields["body"]),
    )
