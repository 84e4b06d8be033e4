"""What a step is: a spaCy component that is told about the programme and writes its finding on the document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from spacy.language import Language
from spacy.tokens import Doc

from nlp.gazetteer import Gazetteer
from nlp.knowledge import Knowledge
from nlp.model import Model


class Step:
    """One step of the pipeline.

    A subclass names itself, says what it does in its docstring, and reads `doc.text` (redacted by then) and the findings of
    earlier steps under `doc._` (`nlp/findings.py`). It overrides `read` for one document or `read_batch` where that pays.
    It is pure: the same knowledge, model and text give the same finding.
    """

    name: ClassVar[str]

    gazetteer: Gazetteer | None = None
    """The names of places to look up, given before `prepare`; None: the programme's own alone."""

    def prepare(self, knowledge: Knowledge, model: Model) -> None:
        """Take what is needed from the programme and its trained model. Called once, before the first text."""

    def read(self, doc: Doc) -> Doc:
        """Write the finding about one document under `doc._`."""
        raise NotImplementedError

    def read_batch(self, docs: list[Doc]) -> list[Doc]:
        """The same for several documents."""
        return [self.read(doc) for doc in docs]

    def __call__(self, doc: Doc) -> Doc:
        return self.read_batch([doc])[0]

    def pipe(self, stream: Iterable[Doc], batch_size: int = 64, **_: object) -> Iterator[Doc]:
        """spaCy's batched way in."""
        batch: list[Doc] = []
        for doc in stream:
            batch.append(doc)
            if len(batch) >= batch_size:
                yield from self.read_batch(batch)
                batch = []
        if batch:
            yield from self.read_batch(batch)


def register(step: type[Step]) -> type[Step]:
    """Make the step known to spaCy under its name (a class decorator)."""

    def make(nlp: Language, name: str) -> Step:
        return step()

    Language.factory(step.name, func=make)
    return step
