"""What the steps write on a spaCy `Doc`: one attribute a finding, under `doc._`, with "nothing found" as default."""

from __future__ import annotations

from collections.abc import Sequence

from spacy.tokens import Doc

from nlp.analysis import Analysis, Judgement, Language, Mention
from nlp.features import MASK
from nlp.figurative import Strong, figures_in, without
from nlp.fold import words
from nlp.lexicon import Hit
from nlp.locating import SURE
from nlp.names import covers

NAME = "aplacesname"
"""Stands for a name of a place among words that are looked through for danger."""
NOTHING = Language("und", 0.0)
NO = Judgement(0.0, "")

DEFAULTS = {
    "spans": (),
    "language": NOTHING,
    "places": (),
    "location": None,
    "categories": (),
    "scores": (),
    "kind": "observation",
    "urgent": NO,
    "sensitive": (),
}

for _name, _default in DEFAULTS.items():
    Doc.set_extension(_name, default=_default, force=True)


def text_of(doc: Doc) -> str:
    """The text of a document. spaCy puts `doc.text` together anew each time it is asked; this does it once."""
    known: str | None = doc.user_data.get("text")
    if known is None:
        known = doc.user_data["text"] = doc.text
    return known


def words_of(doc: Doc) -> list[str]:
    """The folded words of the text without masks; folded once a document, whatever the number of steps that ask."""
    known: list[str] | None = doc.user_data.get("words")
    if known is None:
        text = text_of(doc)
        known = doc.user_data["words"] = words(MASK.sub(" ", text) if "[" in text else text)
    return known


def names_of(doc: Doc) -> list[Mention]:
    """The names of places of several words in a text: Kambi Moto, "camp of fire", burns no more than any other estate.
    "Moto moto!" is a cry; so is whatever else the text repeats in small letters."""
    return [mention for mention in doc._.places if _is_name_alone(mention)]


def told_words(doc: Doc, languages: tuple[str, ...], *, doers: bool) -> list[str]:
    """The folded words of the text without masks, `names_of` places and figures of speech."""
    known: list[str] | None = doc.user_data.get("told")
    if known is None:
        known = doc.user_data["told"] = words_beside(doc, names_of(doc))
    return without_figures(doc, known, languages, doers=doers)


def without_figures(doc: Doc, words: list[str], languages: tuple[str, ...], *, doers: bool) -> list[str]:
    """These words of the text without figures of speech (`nlp/figurative.py`), which are looked for once."""
    known: tuple[list[str], list[Hit[Strong]]] | None = doc.user_data.get("figures")
    if known is None or known[0] is not words:
        known = doc.user_data["figures"] = (words, figures_in(words, languages))
    return without(known[1], words, NAME, doers=doers)


def words_beside(doc: Doc, named: Sequence[Mention]) -> list[str]:
    """The folded words of the text without masks, with one that means nothing for each of the names."""
    text = text_of(doc)
    if not named:
        return words_of(doc)
    parts, position = [], 0
    for mention in named:
        parts += [text[position : mention.start], NAME]
        position = mention.end
    return words(MASK.sub(" ", " ".join([*parts, text[position:]])))


def _is_name_alone(mention: Mention) -> bool:
    said = set(words(mention.text))
    cry = len(said) == 1 and mention.text.islower()
    return len(mention.text.split()) > 1 and not cry and mention.candidates[0].score >= SURE


def as_analysis(doc: Doc, version: str) -> Analysis:
    """The findings on a document, as the plain value that leaves the pipeline."""
    found = doc._
    return Analysis(
        redacted=text_of(doc),
        spans=found.spans,
        language=found.language,
        names_sought=covers(found.language.code),
        kind=found.kind,
        categories=found.categories,
        scores=found.scores,
        places=found.places,
        location=found.location,
        urgent=found.urgent,
        sensitive=found.sensitive,
        version=version,
    )
