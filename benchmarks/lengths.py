"""How the time of the analysis grows with the length of one text, whatever that is made of: six times as long, how many times
the seconds. That the work does not grow with the square is tested in calls (`tests/nlp/test_long_texts.py`), of which one may
take long inside.

Run: python -m benchmarks.lengths [--letters N].
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from nlp.pipeline import Pipeline, load
from service.programme import load as load_programme

TIMES = 6
PIECES = {
    "places": ["near Gatwekera", "Soweto", "in Mabati 33", "not at Mlimani", "Korongo Kubwa"],
    "places misspelt": ["Gatwekerra", "Samastipurr", "Mashariki Dispensry"],
    "a script without spaces": ["火", "事", "水", "停"],
    "Devanagari": ["समस्तीपुर", "में", "पानी", "नहीं", "गांव"],
    "scripts mixed": ["пожар", "حريق", "moto", "आग", "feu"],
    "what rules speak of": ["he touched", "my daughter", "money", "not", "beat me", "the chief", "fire", "help"],
    "people": ["John Otieno", "Mary Wanjiku", "mama Akinyi", "my name is Asha"],
    "brackets": ["[name]", "(", "[", "<b>"],
}
PROGRAMME = Path(__file__).parents[1] / "programmes" / "nairobi"


def made_of(pieces: Sequence[str], letters: int) -> str:
    """A text so long, of these in any order; the same at every run."""
    gap = "" if pieces == PIECES["a script without spaces"] else " "
    chance = random.Random(4)
    return gap.join(chance.choice(pieces) for _ in range(letters))[:letters]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--letters", type=int, default=15_000)
    letters = parser.parse_args().letters
    table = Table("of", f"{letters:,} letters, ms", f"{TIMES} times as long, ms", "times", title="One long text")
    with tempfile.TemporaryDirectory() as models:
        pipeline = load(load_programme(PROGRAMME, for_analysis=True).knowledge, Path(models))
        for name, pieces in PIECES.items():
            text = made_of(pieces, letters * TIMES)
            short, long = _seconds(pipeline, text[:letters]), _seconds(pipeline, text)
            table.add_row(name, f"{short * 1e3:.0f}", f"{long * 1e3:.0f}", f"{long / short:.1f}")
    Console(width=100).print(table)


def _seconds(pipeline: Pipeline, text: str) -> float:
    """The better of two."""
    found = []
    for _ in range(2):
        begun = time.process_time()
        pipeline.analyse([text])
        found.append(time.process_time() - begun)
    return min(found)


if __name__ == "__main__":
    main()
