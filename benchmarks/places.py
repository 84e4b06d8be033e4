"""Where accounts happened, on located reports in time order: learned from the earlier ones, tried on the later.

Run: python -m benchmarks.places --data DIR [--country HT] [--learn 0.6]. DIR holds `*reports*.jsonl.gz` with a line a
report: `time`, `text`, `place {name, lat, lon}`, `default_point` (true: the point stands in; such rows are left out).
Without --data it is ANSWERABLE_DATA. Baselines come first: always the capital (the largest town), and the longest name of the
country's gazetteer, as spelt. Unanswered counts as wrong. "As points" leaves out what is marked as a fallback.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from nlp import placememory
from nlp.analysis import Location
from nlp.baselines import largest_town, longest_match
from nlp.gazetteer import Entry, Gazetteer, open_gazetteer
from nlp.gazetteer.candidates import as_mentions
from nlp.gazetteer.mentions import find_names
from nlp.gazetteer.speech import speech_of
from nlp.geo import Floats, between_km
from nlp.knowledge import Knowledge, Lesson
from nlp.locating import asserted
from nlp.pipeline import load

REACHES_KM = (1.0, 5.0, 25.0)
FINE_KM = 5.0
BATCH = 64
HEADS = (
    "method", "said", "<1", "<5", "<25 km", "said\n<25", "said in\nradius", "radius\n<=5", "these\n<5"
)  # fmt: skip


@dataclass(frozen=True)
class Report:
    """A text and where it happened."""

    text: str
    name: str
    lat: float
    lon: float


def read_reports(folder: Path) -> list[Report]:
    """The located reports in the folder, oldest first."""
    rows = []
    for path in sorted(folder.glob("*reports*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            rows += [json.loads(line) for line in lines]
    rows.sort(key=lambda row: str(row["time"]))
    return [
        Report(row["text"], row["place"]["name"], row["place"]["lat"], row["place"]["lon"])
        for row in rows
        if not row["default_point"]
    ]


def always_the_largest(gazetteer: Gazetteer, reports: Sequence[Report]) -> list[Location | None]:
    """The country's largest town, which is its capital in most, for every report."""
    return [_as_location(largest_town(gazetteer), 10.0)] * len(reports)


def longest_named(gazetteer: Gazetteer, reports: Sequence[Report]) -> list[Location | None]:
    """The longest name of the gazetteer in each text, as spelt."""
    return [_as_location(longest_match(gazetteer, report.text), 5.0) for report in reports]


def _as_location(entry: Entry | None, radius: float) -> Location | None:
    return entry and Location(entry.name, entry.lat, entry.lon, radius, 1.0, "baseline")


def cold(knowledge: Knowledge, models: Path, reports: Sequence[Report]) -> list[Location | None]:
    """What `answerable analyse` says before anything was confirmed."""
    return [analysis.location for analysis in load(knowledge, models).analyse([report.text for report in reports])]


def points(found: Sequence[Location | None]) -> list[Location | None]:
    """The answers without those that are fallbacks, and never drawn as points."""
    return [None if one is None or one.fallback else one for one in found]


def learned(
    knowledge: Knowledge, gazetteer: Gazetteer, earlier: Sequence[Report], reports: Sequence[Report]
) -> tuple[list[Location | None], float, float]:
    """What we say after the earlier reports were confirmed; seconds to learn them; texts a second."""
    lessons = [Lesson(report.text, None, (report.name, report.lat, report.lon), True) for report in earlier]
    start = time.perf_counter()
    memory = placememory.train(knowledge, lessons, gazetteer)
    trained = time.perf_counter() - start
    if memory is None or memory.radius is None:
        raise SystemExit("too few reports to learn from")
    names, speech = gazetteer.with_layer(memory.index), speech_of(knowledge, memory.common)
    start = time.perf_counter()
    found: list[Location | None] = []
    for first in range(0, len(reports), BATCH):
        texts = [report.text for report in reports[first : first + BATCH]]
        named = [as_mentions(find_names(text, names, speech), {}) for text in texts]
        said = [asserted(text, mentions, speech.cues) for text, mentions in zip(texts, named, strict=True)]
        found += memory.locate(texts, said)
    return found, trained, len(reports) / (time.perf_counter() - start)


def figures(found: Sequence[Location | None], reports: Sequence[Report]) -> list[str]:
    """The cells of a row."""
    pairs = [(one, report) for one, report in zip(found, reports, strict=True) if one is not None]
    errors = np.array([between_km(one.lat, one.lon, report.lat, report.lon) for one, report in pairs])
    radii = np.array([one.radius_km for one, _ in pairs])
    fine = radii <= FINE_KM
    shares = [float((errors < reach).sum()) / len(reports) for reach in REACHES_KM]
    return [
        f"{len(pairs) / len(reports):.3f}",
        *(f"{share:.3f}" for share in shares),
        _share(errors < REACHES_KM[-1]),
        _share(errors <= radii),
        _share(fine),
        _share(errors[fine] < FINE_KM),
    ]


def _share(held: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> str:
    return f"{float(held.mean()):.3f}" if len(held) else "-"


def calibration(found: Sequence[Location | None], reports: Sequence[Report]) -> Table:
    """By how far the radius reaches: how many answers, and how often the truth lay within it."""
    table = Table("radius km", "answers", "truth within it", title="calibration after learning")
    steps = (0.0, 1.0, 2.0, 5.0, 12.0, 25.0, 60.0, float("inf"))
    pairs = [(one, report) for one, report in zip(found, reports, strict=True) if one is not None]
    radii: Floats = np.array([one.radius_km for one, _ in pairs])
    held = np.array([between_km(one.lat, one.lon, report.lat, report.lon) <= one.radius_km for one, report in pairs])
    for low, high in pairwise(steps):
        inside = (radii > low) & (radii <= high)
        table.add_row(f"{low:g} to {high:g}", str(int(inside.sum())), _share(held[inside]))
    return table


def main() -> None:
    """Print baselines and our own figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("ANSWERABLE_DATA"), help="folder with the reports")
    parser.add_argument("--country", default="HT")
    parser.add_argument("--learn", type=float, default=0.6, help="share of the reports, in time order, to learn from")
    options = parser.parse_args()
    if not options.data:
        print("left out: no reports to measure on; give --data or ANSWERABLE_DATA")
        return
    reports = read_reports(Path(options.data))
    if not reports:
        raise SystemExit("no reports in that folder")
    knowledge = Knowledge(programme="benchmark", country=options.country)
    count = int(len(reports) * options.learn)
    earlier, later = reports[:count], reports[count:]
    console = Console()
    with tempfile.TemporaryDirectory() as cache:
        gazetteer = open_gazetteer(knowledge, Path(cache))
        after, seconds, speed = learned(knowledge, gazetteer, earlier, later)
        table = Table(*HEADS)
        table.title = f"{len(earlier)} earlier reports learned, {len(later)} later ones asked"
        table.add_row("always the capital", *figures(always_the_largest(gazetteer, later), later))
        table.add_row("longest match", *figures(longest_named(gazetteer, later), later))
        before = cold(knowledge, Path(cache), reports)
        table.add_row("cold", *figures(before[count:], later))
        table.add_row("cold, as points", *figures(points(before[count:]), later))
        table.add_row("learned", *figures(after, later))
        table.add_row("cold, all reports", *figures(before, reports))
    console.print(table)
    console.print(calibration(after, later))
    console.print(f"learned in {seconds:.1f} s; places and location {speed:.0f} texts/s")


if __name__ == "__main__":
    main()
