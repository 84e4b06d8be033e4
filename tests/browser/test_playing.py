"""What we say plays does: each kind as a phone or a browser records it, cleaned, and served as the desk serves it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser

from dashboards.pages.media import serve
from service.media import kinds
from service.media.cleaning import clean
from service.media.kinds import KINDS, Kind
from service.media.showing import Opened
from tests.browser.conftest import open_browser
from tests.service.media import recordings
from tests.service.media.recordings import WIDE, amr, film, noise

pytestmark = pytest.mark.browser
MADE: dict[str, tuple[Callable[[], bytes], Kind, float]] = {
    "AMR": (lambda: amr(2), kinds.MP3, 2),
    "AMR with silence": (lambda: amr(2, silence=True), kinds.MP3, 2),
    "wide AMR": (lambda: noise(WIDE, range(9)), kinds.MP3, 1.8),
    "AMR in 3GP": (lambda: film("3gp", "libopencore_amrnb", rate=8000), kinds.MP3, 2),
    "AAC in 3GP": (lambda: film("3gp", "aac"), kinds.M4A, 2),
    "AAC in MP4": (lambda: film("ipod", "aac"), kinds.M4A, 2),
    "AAC": (lambda: film("adts", "aac"), kinds.AAC, 2),
    "MP3": (lambda: film("mp3", "libmp3lame"), kinds.MP3, 2),
    "Opus in Ogg": (lambda: film("ogg", "libopus"), kinds.OGG, 2),
    "Opus in WebM": (lambda: film("webm", "libopus"), kinds.WEBM_AUDIO, 2),
    "WAV": (lambda: film("wav", "pcm_s16le"), kinds.WAV, 2),
    "H.264 in MP4": (lambda: film("mp4", "aac", "libx264"), kinds.MP4, 2),
    "H.264 in 3GP": (lambda: film("3gp", "aac", "libx264"), kinds.MP4, 2),
    "VP8 in WebM": (lambda: film("webm", "libopus", "libvpx"), kinds.WEBM_VIDEO, 2),
}
"""How to make it, what it is cleaned, and how many seconds it lasts."""
PLAY = """async (tag) => {
  const player = document.createElement(tag);
  player.src = "/file";
  document.body.append(player);
  await new Promise((loaded, failed) => { player.onloadedmetadata = loaded; player.onerror = failed; });
  await player.play();
  await new Promise((heard) => player.addEventListener("timeupdate", () => player.currentTime > 0.3 && heard()));
  return [player.duration, player.webkitAudioDecodedByteCount, player.videoWidth ?? 0];
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One for all kinds: each has a page of its own, and starting a browser takes longer than playing."""
    async with open_browser() as opened:
        yield opened


@pytest.mark.parametrize("name", MADE)
@pytest.mark.asyncio(loop_scope="module")
async def test_it_plays(browser: Browser, name: str) -> None:
    make, kind, seconds = MADE[name]
    done = clean(make())
    assert done.kind is kind

    async def show_page(request: web.Request) -> web.Response:
        return web.Response(text="<!doctype html><title>A player</title>", content_type="text/html")

    async def show_file(request: web.Request) -> web.Response:
        return serve(request, Opened(done.kind.content_type, f"a.{done.kind.suffix}", done.kind.plays, done.content))

    app = web.Application()
    app.add_routes([web.get("/", show_page), web.get("/file", show_file)])
    async with TestServer(app) as server:
        page = await browser.new_page()  # in a context of its own
        await page.goto(str(server.make_url("/")))
        await page.mouse.click(1, 1)
        tag = "video" if kind.sort == "video" else "audio"
        duration, heard, width = await page.evaluate(PLAY, tag)
    assert duration == pytest.approx(seconds, abs=0.2)
    assert heard > 0
    assert width == (recordings.WIDTH if tag == "video" else 0)


def test_nothing_that_plays_is_left_out() -> None:
    said = {kind for kind in KINDS.values() if kind.plays and kind.sort in ("voice note", "video")}
    assert {kind for _, kind, _ in MADE.values()} == said
