"""Authentic requests that nobody could read: sealed whole, and replayed after a fix."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime

from multidict import CIMultiDict
from sqlalchemy import select, update
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


async def replay(
    session: AsyncSession, secrets: Secrets, channels: Mapping[str, Channel]
) -> tuple[list[tuple[str, list[Inbound | Delivery]]], int]:
    """Read every waiting request again: what could be read now, by channel, and how many still cannot.

    Those that could be read are marked replayed in this session; store what they brought before it commits elsewhere
    or in the same transaction.
    """
    read: list[tuple[str, list[Inbound | Delivery]]] = []
    still = 0
    for row in await session.scalars(select(Quarantine).where(Quarantine.state == "waiting").order_by(Quarantine.id)):
        channel = channels.get(row.channel)
        try:
            items = None if channel is None else channel.parse(_hook(secrets.unseal(row.request)))
        except BadPayload:
            items = None
        if items is None:
            still += 1
            continue
        read.append((row.channel, items))
        await session.execute(update(Quarantine).where(Quarantine.id == row.id).values(state="replayed"))
    return read, still


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
