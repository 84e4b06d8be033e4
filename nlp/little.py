"""Words so common that they say nothing of what a text is about."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path

from nlp.fold import words
from nlp.knowledge import Knowledge
from nlp.lexicon import languages_of, read_data


def little_words(languages: Sequence[str]) -> frozenset[str]:
    """The folded words of `nlp/data/little.yaml` in some languages and English, of four letters and more."""
    listed = read_data("little.yaml")
    return frozenset(word for code in languages_of(languages, listed) for word in words(listed[code]))


def silent_for(knowledge: Knowledge) -> frozenset[str]:
    """Folded words of which a text may be made without telling anything: little ones and stop words of the programme's languages
    and English, but for those that the programme lists for a category by themselves."""
    listed = (
        words(phrase) for category in knowledge.categories for phrases in category.words.values() for phrase in phrases
    )
    telling = {phrase[0] for phrase in listed if len(phrase) == 1}
    return (little_words(knowledge.languages) | stop_words(knowledge.languages)) - telling


def stop_words(languages: Sequence[str]) -> frozenset[str]:
    """The folded stop words of some languages (BCP 47) and English."""
    return frozenset().union(*map(_stop_words, {"en", *(language.split("-")[0] for language in languages)}))


@lru_cache(maxsize=64)
def _stop_words(language: str) -> frozenset[str]:
    """spaCy's, read without spaCy and without the rest of the language: that of French takes two seconds to load."""
    found = find_spec("spacy")
    assert found is not None and found.submodule_search_locations is not None
    path = Path(found.submodule_search_locations[0], "lang", language, "stop_words.py")
    if not path.is_file():
        return frozenset()
    spec = spec_from_file_location(f"stop_words_{language}", path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return frozenset(word for stop in module.STOP_WORDS for word in words(stop))
