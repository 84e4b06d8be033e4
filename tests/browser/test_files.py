"""Pictures and voice notes in a real browser: sent from the phone page, seen, heard and written down at the desk."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Browser, Route, expect

from tests.browser.conftest import Demo, faults_of, is_too_wide
from tests.dashboards.conftest import Start, make_app, start  # noqa: F401, fixtures
from tests.service.media import files

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)]
PLAY = """async () => {
  const sound = document.querySelector(".file audio");
  await sound.play();
  await new Promise((heard) => sound.addEventListener("timeupdate", () => sound.currentTime > 0.2 && heard()));
  return sound.error === null;
}"""


async def test_a_file_chosen_before_the_script_has_come_is_taken(start: Start, browser: Browser) -> None:  # noqa: F811
    client = await start(demo=True)
    phone, late = await browser.new_page(), asyncio.Event()

    async def slow(route: Route) -> None:
        await late.wait()
        await route.continue_()

    await phone.route(re.compile("phone-files"), slow)
    await phone.goto(str(client.make_url("/phone/village")), wait_until="commit")
    note = {"name": "a.ogg", "mimeType": "audio/ogg", "buffer": b"OggS"}
    await phone.set_input_files("input[name=file]", note)  # type: ignore[arg-type]
    late.set()
    await expect(phone.locator("#attached audio")).to_be_visible()


async def test_a_voice_note_is_recorded_heard_and_written_down(demo: Demo, browser: Browser) -> None:
    seen: list[str] = []
    context = await browser.new_context(viewport={"width": 390, "height": 844})
    context.on("console", lambda message: seen.append(message.text) if message.type == "error" else None)
    phone = await context.new_page()
    await phone.goto(f"{demo.base}/phone/village")
    picture = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": files.photo((3000, 2000), orientation=1)}
    await phone.set_input_files("input[name=file]", picture)  # type: ignore[arg-type]
    await expect(phone.locator("#attached img")).to_be_visible()
    seen += await faults_of(phone)
    await phone.fill("#text", "The tap in Gatwekera broke")
    await phone.click("#composer button.send")
    receipt = phone.locator("#thread .theirs:not(.typing) p").first
    await expect(receipt).to_contain_text("Your report is", timeout=30_000)
    reference = re.search(r"[A-Z0-9]{2}-[A-Z0-9]{3}", await receipt.inner_text())
    assert reference is not None
    await phone.click("#record")
    await expect(phone.locator("#record [data-clock]")).to_contain_text("0:01", timeout=10_000)
    await phone.click("#record")
    await expect(phone.locator("#attached audio")).to_be_visible()
    seen += await faults_of(phone)
    assert not await is_too_wide(phone)
    await phone.click("#composer button.send")
    await expect(phone.locator("#thread .bubble-file", has_text="Voice note")).to_be_visible(timeout=30_000)
    # Within seconds of the picture: one account, and no second receipt. On a slow machine it is an addition, with one.
    joined = phone.get_by_text("within 15 seconds of another text of theirs")
    await expect(joined.or_(phone.locator("#thread .theirs", has_text="Added to")).first).to_be_visible(timeout=30_000)
    await expect(phone.locator("#attached")).to_be_hidden()

    desk = await context.new_page()
    await desk.goto(f"{demo.base}/desk")
    await desk.fill("#login", "demo-moderator")
    await desk.fill("input[type=password]", demo.password)
    await desk.click("form button.primary")
    report = f"{demo.base}/desk/village/reports/{reference[0]}"
    for _ in range(240):
        await desk.goto(report)
        if await desk.locator(".file img, .file audio").count() == 2:
            break
        await desk.wait_for_timeout(250)
    shown = desk.locator(".file img")
    await shown.scroll_into_view_if_needed()
    await expect(shown).to_have_js_property("complete", True)
    assert await shown.evaluate("picture => picture.naturalWidth") == 480
    assert await desk.evaluate(PLAY)
    for width in (390, 1280):
        await desk.set_viewport_size({"width": width, "height": 900})
        seen += await faults_of(desk)
        assert not await is_too_wide(desk)
    note = desk.locator(".file", has=desk.locator("audio"))
    await note.locator("textarea").fill("No water in Gatwekera since Monday, call 0722 000 111")
    await note.get_by_role("button", name="Add it to the account").click()
    await expect(desk.locator(".quote").first).to_contain_text("No water in Gatwekera since Monday, call [phone]")
    await expect(desk.locator(".notices")).to_contain_text("The machine has read it.")
    await expect(note.locator("blockquote")).to_contain_text("[phone]")
    assert seen == []
