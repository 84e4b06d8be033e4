"""Takes the pictures of docs/pictures from a demo of its own: `python -m tools.pictures`, or `make pictures`.

A folder as argument is used as VAR, so that a demo which is made already starts at once. It needs a Chromium on this
machine. The demo's people, offices and texts are fiction.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
TEXT = "No water in Lindi since Friday, the tap by the school is dry and the vendor asks for double"
PATIENCE_MS = 60_000


@contextmanager
def demo(var: str) -> Iterator[dict[str, str]]:
    """A running demo; gives what it prints by its first words: base, log-ins, password."""
    command = [str(Path(sys.executable).with_name("answerable")), "demo"]
    environment = os.environ | {"VAR": var, "PORT": "0", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        yield _read_addresses(process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(180)


def _read_addresses(process: subprocess.Popen[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in process.stdout or ():
        match = re.match(r"  (\S.*?) {1,}(http\S+|\S.*)$", line)
        if "http" in line and "base" not in found:
            found["base"] = re.findall(r"http://[^/\s]+", line)[0]
        if match and line.strip().startswith(("log-ins", "password")):
            name, _, value = line.strip().partition(" ")
            found[name] = value.strip()
        if "Ctrl-C" in line:
            return found
    raise SystemExit("the demo ended before it listened")


def take_phone(page: Page, base: str) -> None:
    """A resident texts, gets a reply, and the page shows what was understood."""
    page.goto(f"{base}/phone/nairobi")
    page.fill("#text", TEXT)
    page.click("button.send")
    page.wait_for_selector("#insight :text('water')", timeout=PATIENCE_MS)
    page.wait_for_function("document.querySelectorAll('#thread > li').length > 1", timeout=PATIENCE_MS)
    page.screenshot(path=PICTURES / "phone.png")


def take_desk(page: Page, base: str, login: str, password: str) -> None:
    """A moderator reads the first report of the queue."""
    page.goto(f"{base}/desk/nairobi")
    page.fill("[name=login]", login)
    page.fill("[name=password]", password)
    page.click("form[action='/login'] button")
    page.wait_for_selector("ol.queue")
    page.click("ol.queue > li > a")
    page.wait_for_selector("#review")
    page.screenshot(path=PICTURES / "desk.png")


def take_digest(page: Page, base: str) -> None:
    """The newest letter with figures that an official got; some have too few people for any."""
    page.goto(f"{base}/demo/mail")
    letters = page.locator("a[href*='/demo/mail']").evaluate_all("links => links.map(link => link.href)")
    for address in letters:
        page.goto(address)
        page.wait_for_load_state("networkidle")
        words = page.frames[-1].inner_text("body")
        if re.search(r"\d+ reports from \d+ people", words):
            page.screenshot(path=PICTURES / "digest.png")
            return
    raise SystemExit("no letter has figures")


def main() -> None:
    executable = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if executable is None:
        raise SystemExit("There is no Chromium on this machine. On Debian: apt install chromium")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as new,
        demo(sys.argv[1] if sys.argv[1:] else new) as said,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1200, "height": 760}, color_scheme="light")
        take_phone(page, said["base"])
        take_desk(page, said["base"], said["log-ins"].split(",")[0], said["password"])
        take_digest(page, said["base"])
        browser.close()
    for picture in sorted(PICTURES.glob("*.png")):
        print(f"{picture.name}: {picture.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
