"""Personal data in texts as people send them, by language: what a person would mask is masked, and ordinary texts are left
alone. The texts and their floors are in `benchmarks/gold/personal.jsonl` and `benchmarks/floors.toml`."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from nlp.knowledge import Knowledge
from nlp.redacting import Redactor, redactor_for
from service.programme import load as load_programme

ROOT = Path(__file__).parents[2]
GOLD: list[dict[str, Any]] = [
    json.loads(line) for line in (ROOT / "benchmarks/gold/personal.jsonl").read_text(encoding="utf-8").splitlines()
]
FLOORS = tomllib.loads((ROOT / "benchmarks" / "floors.toml").read_text(encoding="utf-8"))["personal"]
PROGRAMMES = {"en": "nairobi", "sw": "nairobi", "hi": "bihar", "hi-Latn": "bihar"}


def _redactor(language: str) -> Redactor:
    if language in PROGRAMMES:
        folder = ROOT / "programmes" / PROGRAMMES[language]
        return redactor_for(load_programme(folder, for_analysis=True).knowledge)
    return redactor_for(Knowledge(programme="camp", languages=("ht", "fr"), country="HT"))


@pytest.mark.parametrize("language", ["en", "sw", "hi", "hi-Latn", "fr", "ht"])
def test_personal_data_is_masked_and_ordinary_texts_are_left_alone(language: str) -> None:
    redactor = _redactor(language)
    masked = pieces = left = ordinary = 0
    for one in GOLD:
        if one["language"] != language:
            continue
        masks = [one["text"][span.start : span.end] for span in redactor.find(one["text"])]
        masked += sum(any(piece in mask for mask in masks) for piece in one["personal"])
        pieces += len(one["personal"])
        left += not (one["personal"] or masks)
        ordinary += not one["personal"]
    assert pieces >= 55 and ordinary == 55
    assert masked / pieces >= FLOORS["masked"][language]
    assert left / ordinary >= FLOORS["left"][language]


def test_every_piece_stands_in_its_text() -> None:
    assert not [one["id"] for one in GOLD if not all(piece in one["text"] for piece in one["personal"])]
    assert len({one["id"] for one in GOLD}) == len(GOLD) == 660


@pytest.mark.parametrize("piece", ["a-", "a@", "7", "7 ", "1,000,", "John ", "mr ", "x@y.", "(", "+7"])
def test_a_long_text_of_any_kind_costs_no_more_than_its_length(piece: str) -> None:
    """Were the cost of one of these to grow with the square of its length, this would take minutes."""
    redactor = _redactor("en")
    assert redactor.redact(f"@{piece * (120_000 // len(piece))}@") is not None
