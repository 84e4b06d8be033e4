"""The whole analysis: spaCy's blank multilingual pipeline with our steps as components."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

import spacy
from spacy.tokens import Doc
from spacy.vocab import Vocab
from threadpoolctl import threadpool_limits

from nlp.analysis import Analysis
from nlp.findings import as_analysis
from nlp.gazetteer import Gazetteer, imported, open_gazetteer
from nlp.knowledge import Knowledge
from nlp.model import Model
from nlp.steps.base import Step
from nlp.steps.registry import STEPS
from nlp.store import Card, Store
from nlp.training import digest_of, digest_of_lesson, train

BATCH = 64
_BREAKS = "\n\r\t"
_HARMFUL = {"Cc", "Cs"}
_OVERRIDES = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Pipeline:
    """Analyses texts for one programme with one model. Not for several threads at once; one process, one pipeline."""

    def __init__(self, knowledge: Knowledge, model: Model, gazetteer: Gazetteer, store: Store) -> None:
        threadpool_limits(limits=1)  # one process is one core; the worker has a process a core
        self.version = model.version
        self._store = store
        self._programme = knowledge.programme
        self._imports = imported.state(store.gazetteers, knowledge.programme)
        self._nlp = spacy.blank("xx")
        self._nlp.max_length = sys.maxsize  # what spaCy fears for are parsers; there is none here
        # No step asks for the shape of a word, and each text is one word here.
        self._nlp.vocab.lex_attr_getters = {}  # type: ignore[attr-defined]
        self._nlp.tokenizer = _as_one(self._nlp.vocab)
        for step in STEPS:
            component = self._nlp.add_pipe(step.name)
            assert isinstance(component, Step)
            component.gazetteer = gazetteer
            component.prepare(knowledge, model)

    def analyse(self, texts: Sequence[str]) -> list[Analysis]:
        """One analysis a text, in their order. Any string will do; the same text always gets the same analysis."""
        with self._nlp.memory_zone():  # so that spaCy forgets the words it met
            docs = self._nlp.pipe((clean(text) for text in texts), batch_size=BATCH)
            return [as_analysis(doc, self.version) for doc in docs]

    def is_current(self) -> bool:
        """False once another version was put to use for this programme, or names of places were imported: load again then.
        Reads one small file and one folder."""
        imports = imported.state(self._store.gazetteers, self._programme)
        return self._store.current() == self.version and imports == self._imports


def load(knowledge: Knowledge, models: Path) -> Pipeline:
    """The pipeline of a programme, with its model under `models`. Trains one first where there is none, or where the
    programme's files changed since; other processes that load meanwhile wait for it."""
    store = Store(models, knowledge.programme)
    gazetteer = open_gazetteer(knowledge, store.gazetteers)
    return Pipeline(knowledge, current_model(knowledge, store, gazetteer), gazetteer, store)


def current_model(knowledge: Knowledge, store: Store, gazetteer: Gazetteer) -> Model:
    """The model in use, trained from the programme and the lessons kept with its models where there is none that fits."""
    wanted = digest_of(knowledge)
    model = _read_if_fit(store, wanted)
    if model is not None:
        return model
    with store.locked():
        model = _read_if_fit(store, wanted)
        if model is None:
            lessons = store.lessons()
            model = train(knowledge, lessons, store, gazetteer)
            seen = tuple(digest_of_lesson(lesson) for lesson in lessons)
            store.write(model, Card(version=model.version, knowledge=wanted, lessons=len(lessons), seen=seen))
            store.use(model.version)
            store.let_go()
    return model


def _read_if_fit(store: Store, wanted: str) -> Model | None:
    version = store.current()
    if version is None or store.card(version).knowledge != wanted:
        return None
    return store.read(version)


def _as_one(vocab: Vocab) -> Callable[[str], Doc]:
    """A document of a single token, the text. Our steps read folded words (`nlp/fold.py`), which know scripts and offsets;
    splitting into spaCy's tokens as well would cost as much as the classifier."""

    def make(text: str) -> Doc:
        return Doc(vocab, words=[text] if text else [], spaces=[False] if text else [])

    return make


def clean(text: str) -> str:
    """The text without characters that break what comes after: control characters, lone surrogates and direction overrides
    become spaces, one for one, so that offsets stay those of the original."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(" " if _is_harmful(letter) else letter for letter in text)


def _is_harmful(letter: str) -> bool:
    return letter in _OVERRIDES or (unicodedata.category(letter) in _HARMFUL and letter not in _BREAKS)
