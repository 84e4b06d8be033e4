from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from service.mail import Letter, open_post
from service.settings import Settings
from tests.dashboards.conftest import Start

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


async def post(var: Path, key: str = "digest-1-abc", subject: str = "Your digest") -> None:
    letter = Letter(
        key=key,
        to_name="Amina\r\nBcc: everybody@example.org",
        to_address="amina@example.org",
        subject=subject,
        html='<!doctype html><html><head><title>x</title></head><body><p style="color:red">Hujambo ñ</p></body></html>',
        plain="Hujambo ñ",
        unsubscribe="union@example.org",
        date=NOW,
    )
    async with open_post(Settings(var=var)) as send:
        await send(letter)


async def test_only_in_a_demonstration(start: Start, tmp_path: Path) -> None:
    await post(tmp_path)
    client = await start()
    assert (await client.get("/demo/mail")).status == 404
    assert (await client.get("/demo/mail/digest-1-abc")).status == 404


async def test_no_letters_yet(start: Start) -> None:
    assert "No letters yet" in await (await (await start(demo=True)).get("/demo/mail")).text()


async def test_letters_are_shown_in_a_frame_that_can_do_nothing(start: Start, tmp_path: Path) -> None:
    await post(tmp_path)
    client = await start(demo=True)
    page = await (await client.get("/demo/mail")).text()
    assert "Your digest" in page
    assert "amina@example.org" in page
    assert 'src="/demo/mail/digest-1-abc"' in page
    letter = await client.get("/demo/mail/digest-1-abc")
    assert "Hujambo ñ" in await letter.text()
    policy = letter.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups" in policy
    assert "script" not in policy


async def test_a_letter_written_twice_is_there_once(start: Start, tmp_path: Path) -> None:
    await post(tmp_path)
    await post(tmp_path)
    assert [path.name for path in (tmp_path / "mail").iterdir()] == ["digest-1-abc.eml"]
    assert b"\nBcc:" not in (tmp_path / "mail" / "digest-1-abc.eml").read_bytes()


async def test_no_way_out_of_the_folder(start: Start, tmp_path: Path) -> None:
    await post(tmp_path)
    (tmp_path / "secret.eml").write_text("Subject: x\n\nkey")
    client = await start(demo=True)
    for name in ("..%2Fsecret", "%2E%2E%2Fsecret", "secret"):
        assert (await client.get(f"/demo/mail/{name}")).status == 404
