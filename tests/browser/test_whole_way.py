"""The main job in a real browser: a resident texts, a moderator reviews, an official answers, the resident is told and agrees."""

from __future__ import annotations

import asyncio
import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Demo, faults_of, is_too_wide

ACCOUNT = "No water in Gatwekera since Monday, the tap is dry"
ANSWER = "The pump is mended on Friday."
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
pytestmark = pytest.mark.browser


async def _look(page: Page, seen: list[str]) -> None:
    """Every page on the way is looked at: no grave fault, no sideways scrolling, no error in its console."""
    seen.extend(f"{page.url}: {fault}" for fault in await faults_of(page))
    if await is_too_wide(page):
        seen.append(f"{page.url}: wider than the screen")


def _watch(context: BrowserContext, seen: list[str]) -> None:
    context.on("weberror", lambda error: seen.append(f"script error: {error.error}"))
    context.on("console", lambda message: seen.append(message.text) if message.type == "error" else None)


async def _log_in(page: Page, demo: Demo, login: str) -> None:
    await page.goto(f"{demo.base}/desk")
    await page.fill("input[name=login][type=text], #login", login)
    await page.fill("input[type=password]", demo.password)
    await page.click("form button.primary")


def _letters(folder: Path) -> list[EmailMessage]:
    paths = sorted(folder.glob("*.eml"), reverse=True)
    return [message_from_bytes(path.read_bytes(), EmailMessage, policy=default) for path in paths]


async def _link_of(folder: Path, address: str) -> str:
    """The answer link in the newest letter to an official."""
    async with asyncio.timeout(30):
        while True:
            for letter in await asyncio.to_thread(_letters, folder):
                if address in str(letter["To"]):
                    body = letter.get_body(("plain",))
                    assert body is not None
                    found = re.search(r"https?://\S+/answer/\S+", body.get_content())
                    assert found is not None
                    return found[0]
            await asyncio.sleep(0.1)


async def test_from_a_text_to_the_resident_told(demo: Demo, browser: Browser) -> None:
    seen: list[str] = []
    phone, desk, office = [await browser.new_context(viewport=size) for size in (PHONE, DESK, PHONE)]  # type: ignore[arg-type]
    for context in (phone, desk, office):
        _watch(context, seen)

    resident = await phone.new_page()
    await resident.goto(f"{demo.base}/phone/village")
    await _look(resident, seen)
    await resident.fill("#text", ACCOUNT)
    await resident.click("#composer button.send")
    receipt = resident.locator("#thread .theirs p").first
    await expect(receipt).to_contain_text("Your report is", timeout=30_000)
    reference = re.search(r"[A-Z0-9]{2}-[A-Z0-9]{3}", await receipt.inner_text())
    assert reference is not None
    await _look(resident, seen)

    moderator = await desk.new_page()
    await _log_in(moderator, demo, "demo-moderator")
    await moderator.goto(f"{demo.base}/desk/village")
    await _look(moderator, seen)
    await moderator.goto(f"{demo.base}/desk/village/reports/{reference[0]}")
    await expect(moderator.locator("main")).to_contain_text("Gatwekera")
    await _look(moderator, seen)
    accept = moderator.locator("button[name=do][value=accept]")
    if await accept.count():
        await accept.click()

    official = await office.new_page()
    await official.goto(await _link_of(demo.var / "mail", "amina@example.org"))
    await _look(official, seen)
    await official.locator(f"a:has-text('{reference[0]}'), a[href*='{reference[0]}']").first.click()
    await official.fill("textarea[name=text]", ANSWER)
    await _look(official, seen)
    await official.click("button[value=check]")
    await official.click("button[value=send]")
    await _look(official, seen)

    await moderator.goto(f"{demo.base}/desk/village/answers")
    await _look(moderator, seen)
    await moderator.locator("form[action$='/release'] button").first.click()

    told = resident.locator("#thread .theirs p", has_text=ANSWER)
    await expect(told).to_be_visible(timeout=30_000)
    await resident.fill("#text", "NO")
    await resident.click("#composer button.send")
    await expect(resident.locator("#thread .theirs p", has_text="not solved")).to_be_visible(timeout=30_000)
    await moderator.goto(f"{demo.base}/desk/village/reports/{reference[0]}")
    await expect(moderator.locator("main")).to_contain_text("NO")
    assert seen == []


PUBLIC = ("/", "/figures/village", "/phone", "/phone/village", "/login", "/demo/mail", "/nowhere")
DESKS = (
    "/desk",
    "/desk/village",
    "/desk/village/answers",
    "/desk/village/troubles",
    "/desk/village/people",
    "/account",
)


@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
async def test_no_page_has_a_grave_fault(demo: Demo, browser: Browser) -> None:
    seen: list[str] = []
    for scheme in ("light", "dark"):
        for size in (PHONE, DESK):
            context = await browser.new_context(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
            page = await context.new_page()
            await _log_in(page, demo, "demo-admin")
            for path in PUBLIC + DESKS:
                answer = await page.goto(demo.base + path)
                assert answer is not None
                assert answer.status == (404 if path == "/nowhere" else 200), path
                await _look(page, seen)
            await context.close()
    assert seen == []
