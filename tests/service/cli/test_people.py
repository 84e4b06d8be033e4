"""user add, list, password, disable and enable, on a database of their own."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

from service import passwords
from tests.service.cli.conftest import Run


def test_people_are_added_listed_and_closed(answerable: Run) -> None:
    added = answerable("user", "add", "wanjiru", "--programme", "village", "--role", "focal_point")
    assert "Password, shown only now:" in added.stdout
    assert "village: focal_point" in answerable("user", "list").stdout
    assert answerable("user", "disable", "wanjiru").exit_code == 0
    assert "closed" in answerable("user", "list").stdout
    assert "user enable" in answerable("user", "add", "wanjiru", "--programme", "village").stdout
    assert answerable("user", "enable", "wanjiru").exit_code == 0
    assert "wanjiru  open  village: moderator" in answerable("user", "list").stdout
    assert "no account called" in answerable("user", "enable", "nobody").stderr
    assert "no account called" in answerable("user", "disable", "nobody").stderr
    assert answerable("user", "add", "x y", "--programme", "village").exit_code == 1
    assert "no programme here" in answerable("user", "add", "wanjiru", "--programme", "moon").stderr
    assert (
        answerable("user", "add", "short", "--programme", "village", "--password-stdin", input="short\n").exit_code == 1
    )


def test_who_alone_is_admin_and_forgot_their_password_gets_one_at_the_server(answerable: Run, tmp_path: Path) -> None:
    """Nobody at the desk could give it to them."""
    answerable("user", "add", "wanjiru", "--programme", "village", "--role", "admin")
    before = _account(tmp_path)
    made = answerable("user", "password", "wanjiru")
    password = made.stdout.split("shown only now: ")[1].strip()
    after = _account(tmp_path)
    assert asyncio.run(passwords.fits(password, after[0])) and not asyncio.run(passwords.fits(password, before[0]))
    assert after[1] == before[1] + 1, "every session of theirs ended"
    given = answerable("user", "password", "wanjiru", "--password-stdin", input="four plain quiet words\n")
    assert (given.exit_code, "four plain" in given.stdout) == (0, False)
    assert asyncio.run(passwords.fits("four plain quiet words", _account(tmp_path)[0]))
    short = answerable("user", "password", "wanjiru", "--password-stdin", input="short\n")
    assert (short.exit_code, "Traceback" in short.stderr) == (1, False)
    assert "no account called" in answerable("user", "password", "nobody").stderr


def _account(tmp_path: Path) -> tuple[str, int]:
    database = sqlite3.connect(tmp_path / "var" / "answerable.db")
    ((hashed, epoch),) = database.execute("SELECT password_hash, epoch FROM users").fetchall()
    database.close()
    return hashed, epoch
