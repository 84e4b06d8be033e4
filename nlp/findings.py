"""What the steps write on a spaCy `Doc`: one attribute a finding, under `doc._`, with "nothing found" as default."""

from __future__ import annotations

from spacy.tokens import Doc

from nlp.analysis import Analysis, Judgement, Language
from nlp.features import MASK
from nlp.fold import words
from nlp.names import covers

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
