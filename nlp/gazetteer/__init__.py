"""The names we know: the programme's own, imported ones, and its country's, searched as one."""

from __future__ import annotations

from pathlib import Path

from nlp.gazetteer import imported
from nlp.gazetteer.country import open_country
from nlp.gazetteer.index import Entry, Hit, Index, build, write
from nlp.gazetteer.programme import home_of, read_programme
from nlp.gazetteer.search import Gazetteer
from nlp.knowledge import Knowledge

__all__ = ["Entry", "Gazetteer", "Hit", "Index", "build", "open_gazetteer", "open_programme", "write"]


def open_gazetteer(knowledge: Knowledge, cache: Path) -> Gazetteer:
    """The programme's names, those imported into the cache folder, and its country's, which are indexed there once."""
    layers = list(open_programme(knowledge).layers)
    layers += [Index.open(path) for path in imported.paths(cache, knowledge.programme)]
    if knowledge.country:
        layers.append(open_country(knowledge.country, cache))
    return Gazetteer(layers, home_of(knowledge))


def open_programme(knowledge: Knowledge) -> Gazetteer:
    """The names in the programme's own files alone."""
    return Gazetteer([Index(build(read_programme(knowledge)))], home_of(knowledge))
