"""Which channels there are, setting one up, and finding out what is wrong: against real servers, in this process."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from click.testing import Result

from service import collecting
from service.cli.channels import Opened as OpenedChannels
from service.cli.channels import _is_there, _public_faults, _silence, _test
from service.db import Database
from service.doors import open_doors
from service.models import Message
from service.probing import SERVER, probe
from service.programme import load
from service.secrets import Secrets
from service.settings import Settings
from tests.conftest import VILLAGE
from tests.service.cli.conftest import Run

TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"
HOOK = "tg-hook-9a1b2c3d4e5f60718293"
PATH_SECRET = "kQ7wZ2xV9bN4mR6tY8uL3pA5sD1f"
PUBLIC = "https://reports.example.org"


@dataclass
class Telegram:
    """A server that stands for Telegram, in a thread of its own, as commands run their own loop."""

    registered: str = ""
    known: bool = True
    address: str = ""
    asked: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        method = request.path.rpartition("/")[2]
        self.asked.append(method)
        if not self.known:
            return web.json_response({"ok": False, "error_code": 401}, status=401)
        if method == "setWebhook":
            self.registered = str((await request.json())["url"])
            return web.json_response({"ok": True, "result": True})
        return web.json_response({"ok": True, "result": {"id": 1, "url": self.registered, "pending_update_count": 0}})


@pytest.fixture
def telegram() -> Iterator[Telegram]:
    provider, ready, loop = Telegram(), threading.Event(), asyncio.new_event_loop()

    async def start() -> TestServer:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", provider.answer)
        server = TestServer(app)
        await server.start_server()
        provider.address = str(server.make_url("")).rstrip("/")
        return server

    def serve() -> None:
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(start())
        ready.set()
        loop.run_forever()
        loop.run_until_complete(server.close())
        loop.close()

    thread = threading.Thread(target=serve)
    thread.start()
    ready.wait()
    yield provider
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


@pytest.fixture
def talking(village: Path, telegram: Telegram, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The village with Telegram at the server above, and a phone with EnvayaSMS that has no password yet."""
    (village / "channels.yaml").write_text(
        "channels:\n"
        "  - {name: web, type: webchat}\n"
        "  - name: telegram\n    type: telegram\n"
        f"    settings: {{bot_token: $BOT_TOKEN, webhook_secret: $BOT_HOOK, api_url: '{telegram.address}'}}\n"
        "  - name: phone\n    type: envayasms\n    settings: {password: $PHONE_PASSWORD}\n"
        "  - name: sms\n    type: smssync\n    settings: {path_secret: $SMS_SECRET}\n"
    )
    monkeypatch.setenv("BOT_TOKEN", TOKEN)
    monkeypatch.setenv("BOT_HOOK", HOOK)
    monkeypatch.setenv("SMS_SECRET", PATH_SECRET)
    monkeypatch.setenv("PUBLIC_URL", PUBLIC)
    monkeypatch.delenv("PHONE_PASSWORD", raising=False)
    return village


def _discreet(result: Result) -> str:
    for secret in (TOKEN, HOOK, PATH_SECRET):
        assert secret not in result.output
    return result.output


def test_the_list_shows_every_channel_why_it_is_closed_and_its_address(answerable: Run, talking: Path) -> None:
    result = answerable("channel", "list")
    lines = _discreet(result).splitlines()
    assert result.exit_code == 0
    assert lines[2:6] == [
        "village/telegram  telegram  open",
        f"  {PUBLIC}/channels/village/telegram",
        "village/phone  envayasms  closed: set $PHONE_PASSWORD to open it",
        f"  {PUBLIC}/channels/village/phone",
    ]
    assert lines[-1] == f"  {PUBLIC}/channels/village/sms/PATH_SECRET"


def test_setup_has_the_provider_call_us(answerable: Run, talking: Path, telegram: Telegram) -> None:
    for name in ("village/telegram", "telegram"):
        result = answerable("channel", "setup", name)
        assert (result.exit_code, _discreet(result)) == (
            0,
            f"Telegram now calls {PUBLIC}/channels/village/telegram.\n",
        )
    assert telegram.registered == f"{PUBLIC}/channels/village/telegram"


def test_setup_says_what_to_type_where_there_is_no_api(answerable: Run, talking: Path) -> None:
    result = answerable("channel", "setup", "sms")
    assert result.exit_code == 0
    assert f"{PUBLIC}/channels/village/sms/PATH_SECRET" in _discreet(result)


@pytest.mark.parametrize(
    ("public_url", "said"),
    [
        ("", "PUBLIC_URL is not set"),
        ("http://reports.example.org", "begins with http://"),
        ("https://192.168.1.5", "cannot reach 192.168.1.5"),
    ],
)
def test_setup_needs_an_address_that_can_be_called(
    answerable: Run, talking: Path, telegram: Telegram, monkeypatch: pytest.MonkeyPatch, public_url: str, said: str
) -> None:
    monkeypatch.setenv("PUBLIC_URL", public_url)
    for command in ("setup", "test"):
        result = answerable("channel", command, "telegram")
        assert (result.exit_code, said in _discreet(result)) == (1, True), result.output
        assert result.output.count("PUBLIC_URL") == 1 + ("which" in said)
    assert "setWebhook" not in telegram.asked


def test_a_key_the_provider_does_not_know_ends_setup(answerable: Run, talking: Path, telegram: Telegram) -> None:
    telegram.known = False
    result = answerable("channel", "setup", "telegram")
    assert result.exit_code == 1
    assert "was not set up: the provider answered 401" in _discreet(result)


def test_a_name_that_is_none_closed_or_of_two_programmes_is_told(
    answerable: Run, talking: Path, tmp_path: Path
) -> None:
    result = answerable("channel", "test", "pigeon")
    assert (result.exit_code, "There is no channel pigeon. There are: village/web" in result.output) == (1, True)
    result = answerable("channel", "test", "phone")
    assert (result.exit_code, "set $PHONE_PASSWORD" in result.output) == (1, True)
    other = tmp_path / "programmes" / "hamlet"
    shutil.copytree(VILLAGE, other)
    rules = (other / "programme.yaml").read_text().replace("code: village", "code: hamlet")
    (other / "programme.yaml").write_text(rules)
    result = answerable("channel", "setup", "telegram")
    assert (result.exit_code, "write hamlet/telegram or village/telegram" in result.output) == (1, True)


async def test_what_is_wrong_with_the_keys_is_told_beside_the_address(
    talking: Path, telegram: Telegram, tmp_path: Path
) -> None:
    telegram.known = False
    settings = Settings(var=tmp_path, public_url="")  # type: ignore[call-arg]
    programme = load(talking)
    environment: dict[str, str] = {"BOT_TOKEN": TOKEN, "BOT_HOOK": HOOK}
    doors = open_doors([programme], Secrets(b"a key that only the tests know, 32 bytes or more"), environment)
    opened = OpenedChannels(settings, {f"village/{entry.name}": entry for entry in programme.channels}, doors)
    name = "village/telegram"
    lines = await _test(opened, name, doors.channels[name], datetime.now(UTC))
    assert lines == (
        *_public_faults(opened, name),
        "Telegram does not know the bot_token: copy it again from @BotFather.",
    )


@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (403, {SERVER: "1"}, ""),
        (400, {SERVER: "1"}, ""),
        (200, {SERVER: "1"}, ""),
        (404, {SERVER: "1"}, "start it again"),
        (503, {SERVER: "1"}, "look at its log"),
        (403, {}, "Something else than this service answers 403"),
        (301, {"Location": "https://elsewhere.example"}, "sends callers elsewhere"),
        (502, {}, "answers 502"),
    ],
)
async def test_a_call_must_reach_us_and_not_a_stranger(
    aiohttp_server: Any, status: int, headers: dict[str, str], said: str
) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, headers=headers)

    app = web.Application()
    app.router.add_post("/channels/village/sms", answer)
    address = str((await aiohttp_server(app)).make_url("/channels/village/sms"))
    async with ClientSession() as http:
        lines = await probe(http, address)
    assert [said in line for line in lines] == ([True] if said else [])


async def test_a_phone_that_never_says_what_became_of_a_text_is_told_of(
    database: Database, now: datetime, tmp_path: Path
) -> None:
    settings = Settings(var=tmp_path, database_url=database.address)  # type: ignore[call-arg]
    assert await _silence(settings, "village/phone") == ()
    taken = {"programme": "village", "channel": "village/phone", "direction": "out", "created_at": now}
    async with database.writing() as session:
        session.add(Message(**taken, state="uncertain"))
    assert await _silence(settings, "village/phone") == (collecting.UNCONFIRMED,)
    assert await _silence(settings, "village/other") == ()
    async with database.writing() as session:
        session.add(Message(**taken, state="sent"))
    assert await _silence(settings, "village/phone") == ()


async def test_while_the_database_is_away_nothing_is_told_of_a_phone(tmp_path: Path) -> None:
    away = Settings(var=tmp_path, database_url="postgresql://nobody@127.0.0.1:1/none")  # type: ignore[call-arg]
    assert await _silence(away, "village/phone") == ()


def test_no_database_is_made_to_look_into(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path, database_url="")  # type: ignore[call-arg]
    assert not _is_there(settings)
    (tmp_path / "answerable.db").write_bytes(b"")
    assert _is_there(settings)


async def test_an_address_where_nothing_answers_is_told(unused_tcp_port: int) -> None:
    async with ClientSession() as http:
        (line,) = await probe(http, f"http://127.0.0.1:{unused_tcp_port}/channels/village/sms")
    assert line.startswith("Nothing answers")
