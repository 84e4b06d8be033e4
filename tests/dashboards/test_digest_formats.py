"""A digest in each format and language: whole, escaped, and with nothing hidden in it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from dashboards.digest import FORMATS, CannotRender, render
from service.digests.content import LINK
from service.programme import Programme

FOLDERS = sorted((Path(__file__).parents[2] / "programmes").glob("*/digests/*.yaml"))


def cell(reports: int, people: int, texts: int) -> dict[str, int]:
    return {"reports": reports, "people": people, "texts": texts}


WATER = {"code": "water", "label": {"en": "Water", "sw": "Maji"}}
ROADS = {"code": "roads", "label": {"en": "Roads", "sw": "Barabara"}}
UPPER = {"code": "upper", "name": "Upper Ward"}
CHANGE = {"mean": 6.5, "ratio": 2.0, "low": 1.2, "high": 3.4, "word": "more"}


def content(**changes: Any) -> dict[str, Any]:
    """A full digest."""
    return {
        "programme": "village",
        "programme_name": "Village Voices",
        "organisation": {"name": "Village Union", "email": "union@example.org"},
        "official": {"name": "Amina <Ward>", "office": "Upper Ward office"},
        "language": "en",
        "period": "2026-W46",
        "from": "2026-11-09",
        "to": "2026-11-15",
        "minimum": 5,
        "areas": [UPPER],
        "headline": {"exact": True, "cell": cell(21, 13, 30), "change": CHANGE},
        "subjects": [
            {"category": WATER, "area": None, "cell": cell(14, 9, 20), "change": None},
            {"category": ROADS, "area": None, "cell": None, "change": None},
        ],
        "places": {"lines": [{"area": UPPER, "category": None, "cell": cell(11, 7, 12)}], "others": 3},
        "located": {"kind": "about", "percent": 85},
        "reviewed": {"kind": "most", "percent": None},
        "waiting": {
            "reports": 4,
            "overdue": 1,
            "returned": 1,
            "oldest": [{"reference": "K74QFX", "days": 23, "categories": [WATER], "overdue": True}],
        },
        "quotes": [{"text": "Tap <dry> & dead", "language": "en", "area": UPPER, "category": WATER}],
        "answers": [
            {
                "text": "We mend it.",
                "on": "2026-11-03",
                "category": WATER,
                "area": UPPER,
                "state": "released",
                "reports": 9,
                "agreed": {"kind": "about", "percent": 60},
            }
        ],
        "forwards": [17],
        "link": LINK,
    } | changes


def test_html_says_all_of_it_escaped_with_styles_inside(programme: Programme) -> None:
    html, _ = render(content(), programme)
    for words in (
        "21 reports from 13 people",
        "They sent 30 texts in all.",
        "between 1.2 and 3.4 times",
        "9 November 2026 to 15 November 2026",
        "K74QFX",
        "23 days",
        "past its date",
        "Tap &lt;dry&gt; &amp; dead",
        "Amina &lt;Ward&gt;",
        "Too few people to show, or nobody: Roads.",
        "About 60&nbsp;% of those who replied say it is solved.",
        "About 85&nbsp;%",
        f'href="{LINK}"',
    ):
        assert words in html, words
    assert "<dry>" not in html
    assert "style=" in html
    assert "@media print" in html
    assert "<script" not in html
    assert "http" not in html.replace(LINK, "")


def test_plain_text_says_the_same(programme: Programme) -> None:
    _, plain = render(content(), programme)
    for words in (
        "21 reports from 13 people",
        "K74QFX  23 days  Water, past its date",
        LINK,
        '"Tap <dry> & dead"',
        "About 85\u00a0%",
    ):
        assert words in plain, words
    assert "\n\n\n" not in plain


def test_an_empty_week_is_calm(programme: Programme) -> None:
    empty = content(
        headline={"exact": True, "cell": None, "change": None},
        subjects=[{"category": WATER, "area": None, "cell": None, "change": None}],
        places={"lines": [], "others": 0},
        located=None,
        reviewed=None,
        waiting={"reports": 0, "overdue": 0, "returned": 0, "oldest": []},
        quotes=[],
        answers=[],
    )
    for page in render(empty, programme):
        assert "Too few people to show a figure" in page
        assert "Nothing waits for you. Thank you." in page
        assert "No answer from you in the last twelve weeks." in page
        assert LINK in page, "reports may come in after the digest was made"
        assert "None" not in page


@pytest.mark.parametrize("path", FOLDERS, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_every_language_of_the_examples_renders(path: Path, programme: Programme) -> None:
    phrases = yaml.safe_load(path.read_text("utf-8"))
    speaking = programme.model_copy(update={"digests": {path.stem: phrases}})
    changes = [CHANGE | {"word": word} for word in ("more", "fewer", "unclear")] + [CHANGE | {"high": None}, None]
    shares = [{"kind": kind, "percent": 40} for kind in ("most", "least", "about")]
    for change in changes:
        for share in (*shares, None):
            headline = {"exact": True, "cell": cell(21, 13, 30), "change": change}
            html, plain = render(
                content(language=path.stem, headline=headline, located=share, reviewed=share), speaking
            )
            assert f'lang="{path.stem}"' in html
            assert "{" not in plain


def test_csv_opens_in_a_spreadsheet_and_hides_what_is_hidden(programme: Programme) -> None:
    evil = {"code": "water", "label": {"en": "=HYPERLINK(1)"}}
    made = content(subjects=[{"category": evil, "area": None, "cell": None, "change": None}])
    data = FORMATS["csv"](made, programme)
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert (rows[0]["reports"], rows[0]["people"], rows[0]["times_low"]) == ("21", "13", "1.2")
    assert (rows[1]["label"], rows[1]["reports"]) == ("'=HYPERLINK(1)", "")
    assert rows[2]["area"] == "upper"


def test_json_leaves_out_our_own_numbers(programme: Programme) -> None:
    shown = json.loads(FORMATS["json"](content(), programme))
    assert "forwards" not in shown
    assert "link" not in shown
    assert shown["headline"]["cell"]["people"] == 13


def test_pdf_is_made_without_fetching(programme: Programme) -> None:
    """Or says which libraries are missing, in words that help."""
    try:
        made = FORMATS["pdf"](content(), programme)
    except CannotRender as missing:
        assert "apt install" in str(missing)
    else:
        assert made.startswith(b"%PDF-")
        assert len(made) > 5000


def test_every_format_is_bytes(programme: Programme) -> None:
    assert set(FORMATS) == {"html", "text", "pdf", "csv", "json"}
    assert FORMATS["html"](content(), programme).decode().startswith("<!DOCTYPE html>")
    assert FORMATS["text"](content(), programme).decode().startswith("Village Voices")
