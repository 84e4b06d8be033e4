"""The phone page in a real browser: what its scripts add, and what stays without them."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import Demo
from tests.dashboards.conftest import Start, make_app, start  # noqa: F401, fixtures

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)]
NARROW = {"width": 390, "height": 844}


async def test_forget_is_confirmed_though_the_reply_is_erased_with_the_rest(demo: Demo, browser: Browser) -> None:
    phone = await browser.new_page(viewport=NARROW)  # type: ignore[arg-type]
    await phone.goto(f"{demo.base}/phone/village")
    for words, reply in (("No water in Gatwekera", "Your report is"), ("FORGET", "Reply YES to erase")):
        await phone.fill("#text", words)
        await phone.click("#composer button.send")
        await expect(phone.locator("#thread .theirs", has_text=reply)).to_be_visible(timeout=90_000)
    await phone.fill("#text", "YES")
    await phone.click("#composer button.send")
    await expect(phone.locator("#thread > li")).to_have_text(["Your words and number are erased."], timeout=90_000)


async def test_without_scripts_there_is_room_to_write(start: Start, browser: Browser) -> None:  # noqa: F811
    client = await start(demo=True)
    context = await browser.new_context(viewport=NARROW, java_script_enabled=False)  # type: ignore[arg-type]
    phone = await context.new_page()
    await phone.goto(str(client.make_url("/phone/village")))
    box = await phone.locator("#text").bounding_box()
    assert box is not None
    assert box["width"] > 200
