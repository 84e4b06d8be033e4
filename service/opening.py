"""Opening the database at the start, and doing without it for a while where that is safe.

A web process that is started again during an outage takes texts into its spool until the database is back. It may do so
only with a database that it has opened before, with the same key: VAR remembers which. At a first start nobody must wait
for an address that is misspelt, and what was sealed with a wrong key could never be joined with the rest.
"""

from __future__ import annotations

import asyncio
import hmac
from pathlib import Path

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from service import migration
from service.arrivals import is_away
from service.db import Database
from service.fingerprint import demand_same_key
from service.migration import DatabaseAway
from service.secrets import Secrets

SEEN = "database.opened"
"""File in VAR that remembers which database was opened, without telling anybody."""
PATIENCE = 10.0
"""Seconds for an answer of any kind at the start. Somebody waits for us, and there is the spool."""
PAUSE = 2.0
"""Seconds until it is tried again."""

log = structlog.get_logger()


class Opening:
    """The way to an open database of the newest form. `ready` is set once it is."""

    def __init__(self, database: Database, secrets: Secrets, var: Path) -> None:
        self._database = database
        self._secrets = secrets
        self._seen = var / SEEN
        self.ready = asyncio.Event()

    async def open(self) -> None:
        """Bring it to its newest form, and remember it. Raises NotUsable."""
        await self._demand_answer()
        await migration.upgrade(self._database.engine)
        await demand_same_key(self._database, self._secrets)
        self._remember()
        self.ready.set()

    async def open_or_wait(self) -> None:
        """The same; but a database that was opened before, and is away, may come later. Raises NotUsable."""
        try:
            await self.open()
        except DatabaseAway as away:
            if not (_is_gone(away) and self._was_opened()):
                raise
            log.error("the database is away; texts go to the spool until it can be opened", reason=str(away))

    async def keep_trying(self) -> None:
        """Return once it is open. Raises NotUsable if it is there and cannot be used: another key, or a newer form."""
        while not self.ready.is_set():
            await asyncio.sleep(PAUSE)
            try:
                await self.open()
            except DatabaseAway as away:
                if not _is_gone(away):
                    raise
            else:
                log.info("the database is open")

    async def _demand_answer(self) -> None:
        """What hangs is away. To bring a large database to a new form may take longer than to answer."""
        try:
            async with asyncio.timeout(PATIENCE), self._database.engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        except TimeoutError as error:
            raise DatabaseAway("The database does not answer. Check DATABASE_URL.") from error
        except (SQLAlchemyError, OSError):
            # Who brings it to its newest form says what is wrong.
            return

    def _mark(self) -> str:
        """Tells this database and this key from others; the password may change."""
        address = self._database.engine.url.set(password=None).render_as_string()
        return hmac.digest(self._secrets.key("opened"), address.encode(), "sha256").hex()

    def _remember(self) -> None:
        if self._was_opened():
            return
        try:
            self._seen.write_text(self._mark())
        except OSError as error:
            log.warning("a start without the database will be refused; VAR takes no file", reason=error.strerror)

    def _was_opened(self) -> bool:
        try:
            return hmac.compare_digest(self._seen.read_text(), self._mark())
        except (OSError, UnicodeDecodeError):
            return False


def _is_gone(away: DatabaseAway) -> bool:
    return away.__cause__ is None or is_away(away.__cause__)
