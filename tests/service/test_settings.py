"""Settings, the key that is made once, and the doors that the environment opens."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from service.doors import open_doors
from service.programme import Programme
from service.secrets import Secrets, Unsealable
from service.settings import Settings


def test_the_key_is_made_once_and_only_we_can_read_it(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path)
    assert settings.master_key() == settings.master_key()
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600


def test_a_short_key_is_refused_with_what_to_do() -> None:
    with pytest.raises(ValueError, match="openssl rand"):
        Secrets(b"short")


def test_a_short_key_in_the_environment_is_refused_before_anything_starts() -> None:
    with pytest.raises(ValidationError, match="openssl rand"):
        Settings(secret_key=SecretStr("short"))


def test_processes_that_start_together_take_the_same_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(lambda _: Settings(var=tmp_path).master_key(), range(32)))
    assert len(keys) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


def test_what_another_key_sealed_is_not_opened(secrets: Secrets) -> None:
    with pytest.raises(Unsealable):
        Secrets(b"another key, also of thirty-two bytes").unseal(secrets.seal("words"))


def test_a_token_for_one_purpose_is_not_good_for_another(secrets: Secrets) -> None:
    token = secrets.sign("link", "digest 7")
    assert secrets.verify("link", token) == "digest 7"
    for forged in (token + "x", token.replace(".", "", 1), "", "é.é", token.swapcase()):
        assert secrets.verify("link", forged) is None
    assert secrets.verify("cookie", token) is None


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgresql://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("postgres://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("", "sqlite+aiosqlite:///var/answerable.db"),
    ],
)
def test_database_addresses_get_their_driver(given: str, used: str) -> None:
    assert Settings(database_url=given).sqlalchemy_url() == used


def test_an_unknown_database_is_refused() -> None:
    with pytest.raises(ValidationError, match="leave it empty for SQLite"):
        Settings(database_url="mysql://h/d")


def test_a_channel_is_closed_until_its_variables_are_set(programme: Programme, secrets: Secrets) -> None:
    doors = open_doors([programme], secrets, {})
    assert set(doors.channels) == {"village/web"}
    assert any("$VILLAGE_TWILIO_AUTH_TOKEN" in reason for reason in doors.closed)
    environment = {"VILLAGE_TWILIO_ACCOUNT_SID": "AC1", "VILLAGE_TWILIO_AUTH_TOKEN": "hunter2"}
    doors = open_doors([programme], secrets, environment)
    assert set(doors.channels) == {"village/web", "village/sms"}
    assert "hunter2" not in repr(doors)
