"""What is heard before anybody decided anything is learned once, and kept."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

from nlp.hearing import Hearing, hearing_of
from nlp.knowledge import Knowledge, Lesson
from nlp.learning import learn
from nlp.store import Store
from nlp.training import digest_of

ENGLISH = Knowledge(programme="heard", languages=("en",))
STRANGE = "The quibblewax rings at night and nobody knows why"


def _hearing(knowledge: Knowledge, folder: Path) -> Hearing:
    return hearing_of(knowledge, digest_of(knowledge), folder)


def _kept(folder: Path) -> Path:
    (kept,) = folder.glob("hearing-*")
    return kept


def test_it_is_learned_once_and_read_after_that(tmp_path: Path) -> None:
    learned = _hearing(ENGLISH, tmp_path)
    assert len(learned.detectors) > 1 and learned.alarm.kind == "urgent"
    marked = replace(learned, alarm=replace(learned.alarm, kind="marked"))
    _kept(tmp_path).write_bytes(pickle.dumps(marked))
    assert _hearing(ENGLISH, tmp_path) == marked


def test_a_damaged_file_or_another_programme_is_learned_anew(tmp_path: Path) -> None:
    learned = _hearing(ENGLISH, tmp_path)
    before = _kept(tmp_path)
    for damaged in (before.read_bytes()[:1000], b"", pickle.dumps("something else"), b"no pickle"):
        before.write_bytes(damaged)
        assert _hearing(ENGLISH, tmp_path) == learned
    swahili = replace(ENGLISH, languages=("sw",))
    assert _hearing(swahili, tmp_path) != learned
    assert _kept(tmp_path) != before, "what no programme file says any more is gone"


def test_what_people_decided_is_not_kept_in_it(tmp_path: Path) -> None:
    version = learn(ENGLISH, [Lesson(STRANGE, (), urgent=True)], tmp_path, remember=False).version
    store = Store(tmp_path, ENGLISH.programme)
    alarm = store.read(version).alarm
    assert alarm is not None and "w:quibblewax" in alarm.weights
    assert b"quibblewax" not in _kept(store.folder).read_bytes()
