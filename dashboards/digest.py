"""A digest's content as something to read: HTML and text for e-mail; PDF, CSV and JSON for the command line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import css_inline
import jinja2

from dashboards.digest_view import view_digest
from dashboards.digest_words import Phrases
from dashboards.marks import drawn
from dashboards.rendering import direction
from service.programme import Programme

TEMPLATES = Path(__file__).parent / "templates"
Content = Mapping[str, Any]


class CannotRender(Exception):
    """This machine lacks something that a format needs; the message says what to install."""


def render(content: Content, programme: Programme) -> tuple[str, str]:
    """The digest as a whole HTML page with its styles inside, and as plain text."""
    view = view_digest(content, programme)
    html = _environment().get_template("mail/digest.html").render(view)
    plain = _environment().get_template("mail/digest.txt").render(view)
    return _inliner().inline(html), plain.strip() + "\n"


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=jinja2.select_autoescape(["html"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["drawn"] = drawn
    environment.globals |= {"direction": direction, "styles": (TEMPLATES / "mail" / "digest.css").read_text("utf-8")}
    return environment


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)


def render_html(content: Content, programme: Programme) -> bytes:
    """The page of `render`."""
    return render(content, programme)[0].encode()


def render_text(content: Content, programme: Programme) -> bytes:
    """The plain text of `render`."""
    return render(content, programme)[1].encode()


def render_pdf(content: Content, programme: Programme) -> bytes:
    """The HTML as PDF/UA by WeasyPrint. Nothing is fetched. Raises CannotRender without its system libraries."""
    try:
        import weasyprint
    except OSError:
        raise CannotRender(
            "PDF needs the libraries Pango and HarfBuzz. On Debian: apt install libpango-1.0-0 libpangoft2-1.0-0 "
            "libharfbuzz-subset0 fonts-noto-core. The formats html and text work without them."
        ) from None
    html = render(content, programme)[0]
    document = weasyprint.HTML(string=html, url_fetcher=_refuse)
    pdf: bytes = document.write_pdf(pdf_variant="pdf/ua-1")
    return pdf


def _refuse(url: str, *args: object, **options: object) -> dict[str, Any]:
    raise ValueError("a digest fetches nothing")


def render_csv(content: Content, programme: Programme) -> bytes:
    """The figures as a table in UTF-8, with the byte-order mark that spreadsheets need. Hidden figures are empty."""
    words = Phrases(programme, content["language"])
    file = io.StringIO()
    table = csv.writer(file)
    table.writerow(["week", "area", "category", "label", "reports", "people", "texts", "times_low", "times_high"])

    def row(area: str, category: str, label: str, cell: Content | None, change: Content | None) -> None:
        counts = [cell[name] if cell else "" for name in ("reports", "people", "texts")]
        interval = [change[name] if change else "" for name in ("low", "high")]
        table.writerow([content["period"], area, category, _inert(label), *counts, *interval])

    areas = "|".join(area["code"] for area in content["areas"])
    row(areas, "*", "", content["headline"]["cell"], content["headline"]["change"])
    for line in content["subjects"]:
        category = line["category"]
        area = line["area"]["code"] if line["area"] else areas
        row(area, category["code"], words.subject(category), line["cell"], line["change"])
    for line in content["places"]["lines"]:
        category = line["category"]
        label = words.subject(category) if category else line["area"]["name"]
        row(line["area"]["code"], category["code"] if category else "*", label, line["cell"], None)
    return file.getvalue().encode("utf-8-sig")


def _inert(text: str) -> str:
    """Text that a spreadsheet does not take for a formula (https://owasp.org/www-community/attacks/CSV_Injection)."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def render_json(content: Content, programme: Programme) -> bytes:
    """The content as it is, without the numbers that only our database knows."""
    shown = {key: value for key, value in content.items() if key not in ("forwards", "link")}
    return (json.dumps(shown, ensure_ascii=False, indent=2) + "\n").encode()


FORMATS: Mapping[str, Callable[[Content, Programme], bytes]] = {
    "html": render_html,
    "text": render_text,
    "pdf": render_pdf,
    "csv": render_csv,
    "json": render_json,
}
