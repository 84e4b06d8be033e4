"""The vault: sensitive accounts, sealed. Only focal points open it, and every opening is written down."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from service import audit
from service.models import Report, Vault
from service.secrets import Secrets
from service.workflow import NotAllowed, NotFound


@dataclass(frozen=True)
class Content:
    """What was sealed. `text` is the redacted account; `analysis` its line, as `nlp.analysis.as_line` gives it."""

    text: str = field(repr=False)
    analysis: Mapping[str, Any] = field(repr=False)
    kinds: tuple[str, ...]


async def seal(
    session: AsyncSession,
    secrets: Secrets,
    report_id: int,
    text: str,
    analysis: Mapping[str, Any],
    kinds: Iterable[str],
    now: datetime,
) -> None:
    """Put an account into the vault. NotAllowed if it is there already: nothing is sealed over."""
    kept = await session.get(Vault, report_id)
    if kept is not None and kept.content is not None:
        raise NotAllowed("This account is in the vault already.")
    content = secrets.seal(json.dumps({"text": text, "analysis": dict(analysis)}))
    if kept is None:
        session.add(Vault(report_id=report_id, content=content, kinds=sorted(set(kinds)), created_at=now))
    else:
        kept.content, kept.kinds, kept.created_at = content, sorted(set(kinds)), now
    await session.flush()


async def read(
    session: AsyncSession, secrets: Secrets, programme: str, reference: str, role: str, user_id: int, now: datetime
) -> Content:
    """Open one account, and write down who did. NotFound for everybody but focal points, and once it is erased."""
    if role != "focal_point":
        raise NotFound("There is no such report.")
    query = (
        select(Report.id, Vault.content, Vault.kinds)
        .join(Vault, Vault.report_id == Report.id)
        .where(Report.programme == programme, Report.reference == reference, Report.sensitive)
    )
    row = (await session.execute(query)).one_or_none()
    if row is None or row.content is None:
        raise NotFound("There is no such account in the vault. It may have been erased at the person's wish.")
    await audit.record(session, programme, audit.user(user_id), "read_vault", audit.report(row.id), {}, now)
    return _unsealed(secrets, row.content, row.kinds)


async def take_out(session: AsyncSession, secrets: Secrets, report_id: int) -> Content:
    """Empty the vault of one account that turned out not to be sensitive. NotAllowed if nothing is left of it."""
    kept = await session.get(Vault, report_id)
    if kept is None or kept.content is None:
        raise NotAllowed("Nothing is left of this account: it was erased at the person's wish.")
    content = _unsealed(secrets, kept.content, kept.kinds)
    await session.delete(kept)
    await session.flush()
    return content


def _unsealed(secrets: Secrets, sealed: bytes, kinds: Iterable[str]) -> Content:
    value = json.loads(secrets.unseal(sealed))
    return Content(value["text"], value["analysis"], tuple(kinds))
