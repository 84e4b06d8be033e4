"""Words that alone prove no place: those that spaCy has of a language, read without loading it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import spacy.util

from nlp.fold import words
from nlp.gazetteer.speech import speech_of
from nlp.knowledge import Knowledge

FRENCH = """
import sys
from nlp.gazetteer.speech import speech_of
from nlp.knowledge import Knowledge
print("voici" in speech_of(Knowledge("x", languages=("fr",))).everyday, "spacy" in sys.modules)
"""


def _everyday(*languages: str) -> frozenset[str]:
    return speech_of(Knowledge("x", languages=languages)).everyday


@pytest.mark.parametrize("language", ["en", "hi", "ht", "es"])
def test_the_stop_words_of_a_language_are_common_and_so_are_those_of_english(language: str) -> None:
    stops = {stop for code in ("en", language) for stop in spacy.util.get_lang_class(code).Defaults.stop_words}
    folded = {word for stop in stops for word in words(stop)}
    assert folded <= _everyday(language)
    assert language == "en" or not folded <= _everyday("en")


def test_a_language_without_stop_words_has_those_of_english() -> None:
    assert "yourselves" in _everyday("sw", "xx-Latn")


def test_french_comes_without_spacys_tokenizer_which_takes_seconds_to_load() -> None:
    root = Path(__file__).parents[2]
    said = subprocess.run([sys.executable, "-c", FRENCH], cwd=root, capture_output=True, text=True, check=True).stdout
    assert said.split() == ["True", "False"]
