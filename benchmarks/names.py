"""A million names of places against ten thousand: making the index, opening it, looking names up, and what it takes of memory.

Run: python -m benchmarks.names [--names N]. The names are made up of syllables, with a number on some, as streets have; the same
texts are read with both indexes, in processes of their own.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from nlp.gazetteer import Entry, Gazetteer, Index, build, write
from nlp.gazetteer.cues import cues_for
from nlp.gazetteer.mentions import find_names
from nlp.gazetteer.speech import speech_of
from nlp.knowledge import Knowledge

FEW, MANY = 10_000, 1_000_000
TEXTS = 2_000
CONSONANTS = ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "w", "y", "ch", "sh", "nd", "mb")
SYLLABLES = [first + vowel for first in CONSONANTS for vowel in "aeiou"]
MOST_TIMES, MOST_MB, MOST_OPEN_MS = 1.5, 600, 50
WORDS = (
    "there",
    "is",
    "no",
    "water",
    "since",
    "monday",
    "the",
    "road",
    "near",
    "was",
    "blocked",
    "and",
    "people",
    "from",
    "clinic",
)


def make_names(count: int) -> Iterator[Entry]:
    """As many different places as wanted, the same at every run."""
    chance = random.Random(7)
    seen: set[str] = set()
    while len(seen) < count:
        name = "".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))).capitalize()
        if chance.random() < 0.3:
            name += f" {chance.choice(('Road', 'Village', 'Estate', 'Market'))}"
        if chance.random() < 0.3 or name in seen:
            name += f" {chance.randint(1, 9999)}"
        if name not in seen:
            seen.add(name)
            yield Entry(name, chance.uniform(-4, 4), chance.uniform(34, 41), "place", chance.randint(0, 5000))


def make_texts(index: Index) -> list[str]:
    """Texts of which each holds one name of the index, now and then misspelt."""
    chance = random.Random(11)
    texts = []
    for _ in range(TEXTS):
        name = index.entry(chance.randrange(FEW)).name
        if chance.random() < 0.3 and len(name) > 7:
            place = chance.randrange(2, len(name) - 1)
            name = name[:place] + name[place + 1 :]
        spoken = chance.choices(WORDS, k=14)
        spoken.insert(chance.randrange(14), name)
        texts.append(" ".join(spoken))
    return texts


def measure(path: Path) -> dict[str, float]:
    """Milliseconds to open, microseconds a text, and megabytes of this process with and without the index."""
    before = _resident()
    begun = time.perf_counter()
    index = Index.open(path)
    opened = time.perf_counter() - begun
    texts = make_texts(index)
    speech = speech_of(Knowledge(languages=("en",)))
    cues_for(("en",))
    best = float("inf")
    for _ in range(3):
        gazetteer = Gazetteer([index])  # with empty caches
        begun = time.perf_counter()
        for text in texts:
            find_names(text, gazetteer, speech)
        best = min(best, time.perf_counter() - begun)
    after = _resident()
    return {"open_ms": opened * 1e3, "us": best / TEXTS * 1e6, "mb": after - before, "total_mb": after}


def _resident() -> float:
    """Megabytes of this process."""
    listed = subprocess.run(["ps", "-o", "rss=", "-p", str(os.getpid())], capture_output=True, text=True, check=True)
    return int(listed.stdout) / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", type=int, default=MANY)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure)))
        return
    table = Table(
        "names", "made in s", "MB on disk", "open ms", "µs a text", "times", "index MB in memory", "process MB"
    )
    table.title = f"Names of places; at most {MOST_OPEN_MS} ms to open, {MOST_TIMES} times the cost, {MOST_MB} MB"
    first = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for count in (FEW, options.names):
            path = Path(folder) / f"{count}.places"
            begun = time.perf_counter()
            write(path, build(make_names(count)))
            made = time.perf_counter() - begun
            command = [sys.executable, "-m", "benchmarks.names", "--measure", str(path)]
            found = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
            first = first or found["us"]
            table.add_row(
                f"{count:,}", f"{made:.1f}", f"{path.stat().st_size / 1e6:.0f}", f"{found['open_ms']:.1f}",
                f"{found['us']:.0f}", f"{found['us'] / first:.2f}", f"{found['mb']:.0f}", f"{found['total_mb']:.0f}",
            )  # fmt: skip
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
