"""Public figures as the rows, bars and sentences of the public pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboards.digest_words import number
from dashboards.languages import language_name
from service.programme import Programme
from service.programme.schema import pick
from service.summaries.cells import ALL, Cell
from service.summaries.chain import Chain, Step
from service.summaries.described import ANSWERED, SILENT, UNASKED, Described
from service.summaries.periods import Weeks
from service.summaries.public import PublicFigures
from service.summaries.shares import Share

STEP_WORDS = {
    "acknowledged": "got a reply from us",
    "reviewed": "were read by a person",
    "forwarded": "reached an office",
    "answered": "were answered",
    "told": "had their reporter told",
    "agreed": "are solved, says the reporter",
}
"""Each ends a sentence that begins with a share of reports."""
STEP_NAMES = {
    "acknowledged": "Acknowledged",
    "reviewed": "Read by a person",
    "forwarded": "Forwarded",
    "answered": "Answered",
    "told": "Reporter told",
    "agreed": "Reporter agrees",
}
QUESTION_NAMES = {"group": "Group", "age_band": "Age", "gender": "Gender", "disability": "Disability"}
REACHED_WORDS = {
    ANSWERED: "answered",
    SILENT: "were asked and did not answer",
    UNASKED: "were not asked",
}
"""Each ends a sentence that begins with a share of people."""
MOST = 8
"""Rows of a table on the first page; the page of figures has all."""


@dataclass(frozen=True)
class Row:
    """A line of a chart: `width` is its bar, 0 to 100, and None where the figure is hidden."""

    name: str
    reports: int | None
    people: int | None
    width: int | None
    note: str = ""
    depth: int = 0


@dataclass(frozen=True)
class StepRow:
    """A step of the chain: the share in words, its bar, and how long it took."""

    name: str
    share: str
    width: int
    sentence: str
    days: str


def view_figures(programme: Programme, figures: PublicFigures, *, whole: bool) -> dict[str, Any]:
    """What the pages show. `whole` for every row, else the largest."""
    language = "en" if "en" in programme.rules.languages else programme.rules.languages[0]
    areas = _areas(figures, whole=whole)
    subjects = _subjects(programme, figures, language)
    chain = figures.chains.cells.get((ALL, ALL))
    return {
        "code": programme.code,
        "name": programme.rules.name,
        "organisation": programme.rules.organisation,
        "minimum": programme.rules.small_cell,
        "weeks": name_weeks(figures.weeks),
        "chain_weeks": name_weeks(figures.chain_weeks),
        "total": figures.total,
        "areas": areas if whole else areas[:MOST],
        "hidden_areas": [line.name for line in figures.areas if line.cell is None],
        "subjects": subjects if whole else subjects[:MOST],
        "hidden_subjects": [
            pick(line.label, language, programme.rules.languages) for line in figures.categories if line.cell is None
        ],
        "unlocated": figures.unlocated,
        "uncategorised": figures.uncategorised,
        "chain": steps(chain),
        "received": chain,
        "heard": _heard(programme, figures),
        "described": [describe(programme, found, language) for found in figures.heard.described],
        "chains": _chains(programme, figures, language) if whole else [],
        "crossed": _crossed(programme, figures, language) if whole else [],
        "consent": [(tag, text) for tag, text in programme.rules.consent.items()],
        "more": len(areas) > MOST or len(subjects) > MOST,
    }


def name_weeks(weeks: Weeks) -> str:
    """26 October to 22 November 2026."""
    first, last = weeks.first, weeks.last
    year = f" {first.year}" if first.year != last.year else ""
    return f"{first.day} {first:%B}{year} to {last.day} {last:%B} {last.year}"


def _areas(figures: PublicFigures, *, whole: bool) -> list[Row]:
    """In the order of the tree on the page of all figures; the largest first, of one level, on the first page."""
    shown = [line for line in figures.areas if line.cell]
    if not whole:
        levels = [line.depth for line in shown]
        depth = next((d for d in sorted(set(levels)) if levels.count(d) > 1), min(levels, default=0))
        shown = sorted((line for line in shown if line.depth == depth), key=lambda line: -_reports(line.cell))
    most = max((_reports(line.cell) for line in shown), default=1)
    return [
        Row(
            line.name,
            _reports(line.cell),
            line.cell.people if line.cell else None,
            round(100 * _reports(line.cell) / most),
            f"{number(line.per_10000)} people in every 10,000" if line.per_10000 else "",
            line.depth,
        )
        for line in shown
    ]


def _subjects(programme: Programme, figures: PublicFigures, language: str) -> list[Row]:
    shown = sorted((line for line in figures.categories if line.cell), key=lambda line: -_reports(line.cell))
    most = max((_reports(line.cell) for line in shown), default=1)
    return [
        Row(
            pick(line.label, language, programme.rules.languages),
            _reports(line.cell),
            line.cell.people if line.cell else None,
            round(100 * _reports(line.cell) / most),
            f"SDG target {line.sdg}" if line.sdg else "",
        )
        for line in shown
    ]


def _reports(cell: Cell | None) -> int:
    return 0 if cell is None else cell.reports


def say_share(share: Share | None) -> tuple[str, int]:
    """A share in words, and the width of its bar."""
    if share is None:
        return "too few to say", 0
    if share.kind == "about":
        return f"about {share.percent}\u00a0%", share.percent or 0
    return ("nearly all", 100) if share.kind == "most" else ("hardly any", 0)


def figure_share(share: Share | None) -> str:
    """A share as a large figure."""
    if share is None:
        return "Too few"
    if share.kind == "about":
        return f"{share.percent}\u00a0%"
    return "Nearly all" if share.kind == "most" else "Hardly any"


def steps(chain: Chain | None) -> list[StepRow]:
    """The chain's steps, for a chart that is also a list of sentences."""
    return [] if chain is None else [_step(step) for step in chain.steps]


def _step(step: Step) -> StepRow:
    words, width = say_share(step.share)
    days = "" if step.days is None else say_days(step.days)
    return StepRow(STEP_NAMES[step.name], words, width, STEP_WORDS[step.name], days)


def say_days(days: float) -> str:
    """Half took less than this."""
    if days < 1:
        return "within a day"
    return "after 1 day" if round(days) == 1 else f"after {round(days)} days"


def _heard(programme: Programme, figures: PublicFigures) -> dict[str, Any]:
    heard = figures.heard
    return {
        "located": figure_share(heard.located),
        "reviewed": figure_share(heard.reviewed),
        "languages": [(language_name(tag, programme), *say_share(share)) for tag, share in heard.languages.items()],
        "channels": [(name.partition("/")[2], *say_share(share)) for name, share in heard.channels.items()],
        "few": heard.few,
    }


def describe(programme: Programme, found: Described, language: str) -> dict[str, Any]:
    """What people answered one question, and how many of them there are."""
    labels = {
        choice.code: pick(choice.label, language, programme.rules.languages)
        for choice in programme.rules.questions[found.question].choices
    }
    return {
        "title": QUESTION_NAMES[found.question],
        "choices": [(labels[code], *say_share(share)) for code, share in found.choices.items()],
        "hidden": [labels[code] for code in found.hidden],
        "reached": _reached(found.reached),
    }


def _reached(shares: Mapping[str, Share]) -> str:
    """How many were asked and answered, in a sentence."""
    said = [f"{say_share(shares[name])[0]} {words}" for name, words in REACHED_WORDS.items() if name in shares]
    if not said:
        return "Too few people to say how many were asked and answered."
    return f"Of the people who reported, {', '.join(said[:-1])}{' and ' if said[1:] else ''}{said[-1]}."


def _chains(programme: Programme, figures: PublicFigures, language: str) -> list[dict[str, Any]]:
    """How reports fared, one table each by subject, area and way in."""
    cells = figures.chains.cells
    subjects = [
        (pick(entry.label, language, programme.rules.languages), chain)
        for entry in programme.categories
        if (chain := cells.get((ALL, entry.code)))
    ]
    areas = [(area.name, chain) for area in programme.areas if (chain := cells.get((area.code, ALL)))]
    channels = [(name.partition("/")[2], chain) for name, chain in figures.chains.channels.items()]
    return [
        {"title": title, "rows": [(name, chain.people, steps(chain)) for name, chain in rows]}
        for title, rows in (("By subject", subjects), ("By area", areas), ("By way in", channels))
        if rows
    ]


def _crossed(programme: Programme, figures: PublicFigures, language: str) -> list[dict[str, Any]]:
    """By area, the subjects that can be shown there."""
    found = []
    for area in programme.areas:
        codes = [entry for entry in programme.categories if (area.code, entry.code) in figures.crossed]
        codes.sort(key=lambda entry: -figures.crossed[area.code, entry.code].reports)
        named = [
            (pick(entry.label, language, programme.rules.languages), figures.crossed[area.code, entry.code])
            for entry in codes
        ]
        if named:
            found.append({"area": area.name, "subjects": named})
    return found
