"""A running demo of the test programme, and Debian's Chromium. Without a Chromium these tests are left out, except in CI."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright

from service.db import Database
from tests.running import start
from tests.service import folk

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
    # A microphone that beeps, and nobody to ask for leave.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
GRAVE = {"serious", "critical"}


@dataclass(frozen=True)
class Demo:
    """A demo that runs: its address, the folder it keeps everything in, and its accounts' password."""

    base: str
    var: Path
    password: str


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture
async def demo(database: Database, database_url: str, var: Path) -> AsyncIterator[Demo]:
    async with database.writing() as session:
        # Officials hear of weeks in which the programme had begun.
        begun = datetime.now(UTC) - timedelta(days=14)
        await folk.report(session, await folk.person(session, begun), begun, "upper", status="resolved")
    port = _free_port()
    process = await start("demo", database_url, var, port)
    assert process.stdout is not None
    password = ""
    async with asyncio.timeout(90):
        while line := (await process.stdout.readline()).decode():
            if "password" in line:
                password = line.split(maxsplit=1)[1].strip()
            if "Ctrl-C" in line:
                break
    yield Demo(f"http://127.0.0.1:{port}", var, password)
    os.killpg(process.pid, signal.SIGTERM)
    async with asyncio.timeout(30):
        await process.communicate()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as opened:
        yield opened


@asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("CI needs a Chromium")
        pytest.skip("no Chromium on this machine: the browser tests are left out")
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield opened
        await opened.close()


async def faults_of(page: Page) -> list[str]:
    """The serious and critical accessibility faults that axe finds on the page as it stands."""
    result = await Axe().run(page)
    return [
        f"{fault['id']} at {fault['nodes'][0]['target']}"
        for fault in result.response["violations"]
        if fault["impact"] in GRAVE
    ]


async def is_too_wide(page: Page) -> bool:
    """Must one scroll sideways?"""
    return bool(await page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1"))
