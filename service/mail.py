"""E-mail: by SMTP where SMTP_URL is set, else as .eml files in VAR/mail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from pathlib import Path
from urllib.parse import unquote, urlsplit

import aiosmtplib

from channels.base import SendFailed
from service.settings import Settings

TIMEOUT = 30.0
"""Seconds for each step of a conversation with the mail server."""
PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True)
class Letter:
    """One e-mail. `key` names it for good: it is part of the Message-ID and of the file's name."""

    key: str
    to_name: str = field(repr=False)
    to_address: str = field(repr=False)
    subject: str
    html: str = field(repr=False)
    plain: str = field(repr=False)
    unsubscribe: str
    """The organisation's address, where an official writes to get no more."""
    date: datetime


Post = Callable[[Letter], Awaitable[None]]
"""Hands over one letter, or raises SendFailed."""


def folder(settings: Settings) -> Path:
    """Where .eml files go when there is no mail server."""
    return settings.var / "mail"


@asynccontextmanager
async def open_post(settings: Settings) -> AsyncIterator[Post]:
    """The way letters go out; one connection serves all. Raises SendFailed if the mail server cannot be reached."""
    url = settings.smtp_url.get_secret_value()
    if not url:
        yield _writer(folder(settings), settings.mail_from)
        return
    client = _client(url)
    try:
        await client.connect()
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        raise SendFailed(f"The mail server cannot be reached ({type(error).__name__}).", retry=True) from None
    try:
        yield _sender(client, settings.mail_from)
    finally:
        client.close()


def compose(letter: Letter, sender: str) -> EmailMessage:
    """The message: plain text first, HTML beside it, and headers that say it is automatic and how to end it."""
    name, address = parseaddr(sender)
    message = EmailMessage(policy=SMTP_POLICY)
    message["From"] = Address(_one_line(name), addr_spec=address)
    message["To"] = Address(_one_line(letter.to_name), addr_spec=letter.to_address)
    message["Subject"] = _one_line(letter.subject)
    message["Date"] = format_datetime(letter.date)
    message["Message-ID"] = f"<{letter.key}@{address.rpartition('@')[2]}>"
    message["List-Unsubscribe"] = f"<mailto:{letter.unsubscribe}?subject=unsubscribe>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.plain)
    message.add_alternative(letter.html, subtype="html")
    return message


def _one_line(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _writer(where: Path, sender: str) -> Post:
    async def write(letter: Letter) -> None:
        try:
            await asyncio.to_thread(_write, where, f"{letter.key}.eml", compose(letter, sender).as_bytes())
        except OSError as error:
            raise SendFailed(f"The mail folder cannot be written ({type(error).__name__}).", retry=True) from None

    return write


def _write(where: Path, name: str, content: bytes) -> None:
    """Whole or not at all: a reader never meets half a letter."""
    where.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = where / f".{name}.part"
    unfinished.write_bytes(content)
    unfinished.replace(where / name)


def _client(url: str) -> aiosmtplib.SMTP:
    """With a password, the connection must be encrypted; without one, it is if the server can."""
    parts = urlsplit(url)
    secure = parts.scheme == "smtps"
    return aiosmtplib.SMTP(
        hostname=parts.hostname,
        port=parts.port or PORTS.get(parts.scheme, 25),
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        use_tls=secure,
        start_tls=False if secure else True if parts.username else None,
        timeout=TIMEOUT,
    )


def _sender(client: aiosmtplib.SMTP, sender: str) -> Post:
    async def send(letter: Letter) -> None:
        try:
            if not client.is_connected:
                await client.connect()
            await client.send_message(compose(letter, sender))
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [refused.code for refused in error.recipients]
            raise SendFailed(f"The mail server refused the address ({codes[0]}).", retry=codes[0] < 500) from None
        except aiosmtplib.SMTPResponseException as error:
            raise SendFailed(f"The mail server refused the letter ({error.code}).", retry=error.code < 500) from None
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise SendFailed(f"The mail server did not take the letter ({type(error).__name__}).", retry=True) from None

    return send


def list_letters(where: Path) -> list[Path]:
    """The .eml files of a folder, the newest first."""
    if not where.is_dir():
        return []
    found = [(path.stat().st_mtime_ns, path) for path in where.glob("*.eml")]
    return [path for _, path in sorted(found, reverse=True)]
