"""What holds for every page, found by looping over the registry, the templates and the stylesheets."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest
from aiohttp import web

from channels.base import BadPayload, NotAuthentic
from dashboards import PAGES
from dashboards.assets import find_assets
from dashboards.middlewares import SECURITY_HEADERS
from dashboards.phrases import PHONE
from dashboards.rendering import direction
from service.workflow import NotAllowed, NotFound
from tests.dashboards.conftest import Start

DASHBOARDS = Path(__file__).parents[2] / "dashboards"
TEMPLATES = sorted((DASHBOARDS / "templates").rglob("*.html"))
STYLES = sorted((DASHBOARDS / "static" / "css").rglob("*.css"))
BROWSER = {"Accept": "text/html,application/xhtml+xml"}
ERRORS: list[tuple[Exception, int]] = [
    (BadPayload("x"), 400),
    (NotAuthentic("x"), 403),
    (NotFound("x"), 404),
    (NotAllowed("Take it back first."), 409),
    (web.HTTPRequestEntityTooLarge(max_size=1, actual_size=2), 413),
    (RuntimeError("a text of somebody"), 500),
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.__name__.rsplit(".", 1)[-1])
def test_a_page_says_what_it_is_for_and_has_routes(page: ModuleType) -> None:
    assert page.__doc__
    assert len(page.routes) > 0
    for route in page.routes:
        assert route.handler.__doc__, f"{route.path} says nothing"


def test_every_page_file_is_registered() -> None:
    files = {path.stem for path in (DASHBOARDS / "pages").glob("*.py")} - {"__init__"}
    assert files == {page.__name__.rsplit(".", 1)[-1] for page in PAGES}


@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
async def test_every_answer_carries_the_security_headers(start: Start) -> None:
    client = await start(demo=True)
    for page in PAGES:
        for route in page.routes:
            if route.method == "GET":
                path = re.sub(r"{programme}", "village", route.path)
                answer = await client.get(re.sub(r"{[^}]+}", "1", path), headers=BROWSER, allow_redirects=False)
                missing = set(SECURITY_HEADERS) - set(answer.headers)
                assert not missing, f"{route.path} lacks {missing}"
                assert answer.status < 500, f"{route.path} answers {answer.status}"
                answer.close()
    door = await client.post("/channels/village/web")
    assert "Content-Security-Policy" not in door.headers


@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("error", "status"), ERRORS, ids=lambda value: type(value).__name__)
async def test_errors_become_pages_or_json(start: Start, make_app: object, error: Exception, status: int) -> None:
    async def fail(request: web.Request) -> web.Response:
        raise error

    app = make_app()  # type: ignore[operator]
    app.router.add_get("/fail", fail)
    client = await start(app=app)
    page = await client.get("/fail", headers=BROWSER)
    plain = await client.get("/fail")
    words = await page.text()
    assert (page.status, page.content_type) == (status, "text/html")
    assert (plain.status, plain.content_type) == (status, "application/json")
    assert "a text of somebody" not in words
    if isinstance(error, NotAllowed):
        assert "Take it back first." in words
    if status == 500:
        assert len((await plain.json())["id"]) == 8


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio of two colours as #rrggbb (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def schemes() -> dict[str, dict[str, str]]:
    """The colours of both schemes by property."""
    base = (DASHBOARDS / "static" / "css" / "base.css").read_text()
    light, dark = (dict(re.findall(r"(--[\w-]+):\s*(#[0-9a-f]{6});", block)) for block in _roots(base)[:2])
    return {"light": light, "dark": light | dark}


def _roots(css: str) -> list[str]:
    return re.findall(r":root\s*{([^}]*)}", css)


def _rules() -> list[tuple[str, str]]:
    css = "\n".join(re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL) for path in STYLES)
    return re.findall(r"([^{}]+){([^{}]*)}", css)


def _pairs() -> set[tuple[str, str]]:
    """Text and background that a rule sets together, and every text colour that stands alone on each ground."""
    pairs = set()
    for _, body in _rules():
        text = re.search(r"(?<![\w-])color:\s*var\((--[\w-]+)\)", body)
        ground = re.search(r"(?<![\w-])background(?:-color)?:\s*var\((--[\w-]+)\)", body)
        if text and ground:
            pairs.add((text[1], ground[1]))
        elif text and text[1] not in {"--on-accent", "--on-state"}:
            pairs |= {(text[1], alone) for alone in ("--paper", "--surface")}
        elif ground and ground[1] not in {"--accent", "--accent-strong", "--edge", "--line"}:
            pairs.add(("--ink", ground[1]))
    return pairs


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(scheme: str) -> None:
    colours = schemes()[scheme]
    assert len(_pairs()) > 20
    faint = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in _pairs()}
    assert not {pair: round(ratio, 2) for pair, ratio in faint.items() if ratio < 4.5}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_edges_of_fields_and_the_focus_can_be_seen(scheme: str) -> None:
    colours = schemes()[scheme]
    for line in ("--edge", "--accent"):
        for ground in ("--paper", "--surface"):
            assert contrast(colours[line], colours[ground]) >= 3, (line, ground)


def test_both_schemes_name_the_same_colours() -> None:
    roots = _roots((DASHBOARDS / "static" / "css" / "base.css").read_text())
    light, dark = (set(re.findall(r"(--[\w-]+):\s*#", block)) for block in roots[:2])
    assert light == dark


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_templates_have_no_inline_script_or_style(template: Path) -> None:
    html = template.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|javascript:", html)
    if template.parent.name != "mail":  # mail programs read no style sheets
        assert not re.search(r"<style|\sstyle=", html)
    assert not re.search(r"""(?:src|<link[^>]*href)=["']https?://""", html), "nothing is loaded from elsewhere"


def test_styles_use_known_properties_and_load_nothing() -> None:
    known = set(re.findall(r"(--[\w-]+):", "\n".join(path.read_text() for path in STYLES)))
    for path in STYLES:
        css = path.read_text()
        assert set(re.findall(r"var\((--[\w-]+)", css)) <= known, path.name
        assert "@import" not in css
        assert "url(" not in css
        assert len(css.splitlines()) < 330


def test_directions() -> None:
    assert [direction(tag) for tag in ("en", "sw", "hi-Latn", "ur", "ar-EG", "pa-Arab")] == ["ltr"] * 3 + ["rtl"] * 3


def test_phrases_are_whole_in_every_language() -> None:
    for tag, words in PHONE.items():
        assert words.keys() == PHONE["en"].keys(), tag
        for key, phrase in words.items():
            assert re.findall(r"{\w+}", phrase) == re.findall(r"{\w+}", PHONE["en"][key]), (tag, key)


@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
async def test_static_files_are_kept_a_year_only_under_their_hash(start: Start) -> None:
    client = await start()
    address = find_assets().url("css/base.css")
    kept = await client.get(address)
    asked = await client.get("/static/css/base.css")
    assert kept.status == asked.status == 200
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert asked.headers["Cache-Control"] == "no-cache"
    assert (await client.get("/static/leaflet/leaflet.js")).content_type == "text/javascript"
    assert (await client.get("/static/../application.py")).status == 404
    assert (await client.get("/static/%2e%2e/application.py")).status == 404


@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
async def test_the_sheets_of_a_folder_are_one_file(start: Start) -> None:
    client = await start()
    answer = await client.get(find_assets().url("css/phone.css"))
    assert answer.content_type == "text/css"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    css = await answer.text()
    sheets = sorted((DASHBOARDS / "static" / "css" / "phone").glob("*.css"))
    assert len(sheets) > 1
    assert all(sheet.read_text() in css for sheet in sheets)
    assert (await client.get("/static/css/phone/thread.css")).status == 404


@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
async def test_hsts_only_when_people_reach_us_by_https(start: Start) -> None:
    plain = await (await start()).get("/health/live")
    secure = await (await start(public_url="https://reports.example.org")).get("/health/live")
    assert "Strict-Transport-Security" not in plain.headers
    assert secure.headers["Strict-Transport-Security"].startswith("max-age=")


FORM = "application/x-www-form-urlencoded"
UNREADABLE = {
    "an unknown charset": (f"{FORM}; charset=nowhere", b"text=water"),
    "bytes of another charset": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="t"\r\n\r\n\xff\r\n--x--',
    ),
    "a line without an end": ("multipart/form-data; boundary=x", b"--x\r\nContent-Type: " + b"x" * 100_000),
    "no boundary": ("multipart/form-data", b"text=water"),
}


@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("kind", "body"), UNREADABLE.values(), ids=UNREADABLE)
async def test_a_form_nobody_can_read_is_not_our_fault(start: Start, kind: str, body: bytes) -> None:
    client = await start(demo=True)
    for path in ("/phone/village/texts", "/login", "/answer/x"):
        answer = await client.post(path, data=body, headers={"Content-Type": kind})
        assert answer.status == 400, path


@pytest.mark.parametrize("database_template", ["sqlite"], indirect=True)
async def test_a_nul_anywhere_is_not_our_fault(start: Start) -> None:
    client = await start(demo=True)
    for path in ("/desk/village/reports/%00", "/desk/village?category=%00", "/phone/%00", "/login?next=a%00"):
        assert (await client.get(path, allow_redirects=False)).status == 400, path
    for path in ("/login", "/answer/x", "/phone/village/texts"):
        assert (await client.post(path, data={"login": "a\0b"})).status == 400, path
