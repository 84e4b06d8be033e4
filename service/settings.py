"""Every setting, read from the environment once. Nothing else in the house reads the environment.

A new setting is a field here with a description; `docs/reference/settings.md` is generated from it.
"""

from __future__ import annotations

import os
import secrets as random
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

KEY_BYTES = 32


class BrokenKey(Exception):
    """VAR/secret.key is there, and is no key."""


class Settings(BaseSettings):
    """What the installation needs to know. Names in the environment are the names here in capitals."""

    model_config = SettingsConfigDict(env_file=None, extra="ignore", frozen=True)

    var: Path = Field(Path("var"), description="Folder for the embedded database, its key, the spool, models and mail.")
    programmes: Path = Field(Path("programmes"), description="Folder that holds the programme folders.")
    database_url: str = Field(
        "", description="PostgreSQL address, postgresql://user:password@host/name. Empty: SQLite in VAR."
    )
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="At least 32 characters; seals texts and addresses. Empty: one is made and kept in VAR/secret.key.",
    )
    host: str = Field("127.0.0.1", description="Address the web server listens on.")
    port: int = Field(8080, ge=0, le=65535, description="Port the web server listens on; 0 picks a free one.")
    public_url: str = Field(
        "", description="Address people and providers use, https://reports.example.org. Empty: http://HOST:PORT."
    )
    trusted_proxies: int = Field(
        0, ge=0, le=9, description="How many reverse proxies stand before us; X-Forwarded-For is read only so far."
    )
    smtp_url: SecretStr = Field(
        SecretStr(""),
        description="smtp://user:password@host:587 (STARTTLS) or smtps://host:465. Empty: .eml files in VAR/mail.",
    )
    mail_from: str = Field("Answerable <answerable@example.org>", description="Sender of digests.")
    metrics_token: SecretStr = Field(
        SecretStr(""), description="Bearer token that opens /metrics. Empty: /metrics answers only this machine."
    )
    analysis_processes: int = Field(1, ge=1, le=64, description="Processes that run the NLP.")
    sentence_model: str = Field(
        "",
        description="Folder of a sentence model (model.onnx, tokenizer.json) to read meaning with beside words; needs the"
        " extra `embeddings`. Empty: none.",
    )
    models_kept: int = Field(
        20, ge=1, description="Trained versions of each programme's model that are kept; the one in use always is."
    )
    intake_queue: int = Field(
        1024, ge=1, description="Webhook requests that may wait for their commit; one more is answered 503."
    )
    media_megabytes: int = Field(
        16,
        ge=0,
        le=64,
        description="Most of one file that came with a text, and of all files of one text. 0: take none.",
    )
    media_files_a_day: int = Field(
        40, ge=1, le=1000, description="Files kept of one person in a day; more are refused until the next."
    )
    spool_megabytes: int = Field(
        256, ge=1, description="Room in VAR/spool for texts that come while the database is away; then 503."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    log_format: Literal["json", "console"] = Field("json", description="How log lines are written.")

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        if url and not url.startswith(("postgresql://", "postgres://", "postgresql+asyncpg://", "sqlite")):
            raise ValueError("write postgresql://user:password@host/name, or leave it empty for SQLite")
        return url

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, key: SecretStr) -> SecretStr:
        if key and len(key.get_secret_value().encode()) < KEY_BYTES:
            raise ValueError(f"write at least {KEY_BYTES} characters; make them with: openssl rand -base64 48")
        return key

    def sqlalchemy_url(self) -> str:
        """The database address with its asynchronous driver."""
        if not self.database_url:
            return f"sqlite+aiosqlite:///{self.var / 'answerable.db'}"
        scheme, _, rest = self.database_url.partition("://")
        drivers = {"postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg", "sqlite": "sqlite+aiosqlite"}
        return f"{drivers.get(scheme, scheme)}://{rest}"

    def address(self) -> str:
        """What links begin with, without a slash at the end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    def secure(self) -> bool:
        """True when people reach us by HTTPS, so that cookies may insist on it."""
        return self.address().startswith("https://")

    def master_key(self) -> bytes:
        """SECRET_KEY, or the one kept in VAR, made on first use and readable by us alone. Raises BrokenKey."""
        given = self.secret_key.get_secret_value()
        if given:
            return given.encode()
        path = self.var / "secret.key"
        if not path.exists():
            self.var.mkdir(parents=True, exist_ok=True, mode=0o700)
            _make_key(path)
        key = path.read_bytes().strip()
        if len(key) < KEY_BYTES:
            raise BrokenKey(
                f"{path} holds no key of ours. Put it back from your backup; only if nothing is stored yet, delete it."
            )
        return key


def _make_key(path: Path) -> None:
    """Whole or not at all, and once: two processes that start together take the same."""
    draft = path.with_name(f"{path.name}.{random.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(random.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


def environment() -> Mapping[str, str]:
    """The variables that channels.yaml may name."""
    return os.environ
