"""The pipeline as a whole: what it survives, that it is pure, and that several processes share one model."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from nlp.analysis import Analysis, as_line
from nlp.knowledge import KINDS, Knowledge, Lesson
from nlp.learning import learn
from nlp.pipeline import Pipeline, load
from nlp.store import Store
from tests.nlp.village import VILLAGE

NASTY = (
    "",
    " ",
    "😀😀😀",
    "a" * 1600,
    "no water " * 178,
    "no water\x00here\x00",
    "lone \ud83d surrogate \udc00",
    "\u202eno water\u202c",
    "\u200f\u200e",
    "[phone] [name] [",
    "۱۲۳۴۵۶۷۸۹۰",
    "0" * 1600,
    "((((((((((((((((((((+",
    "O" * 500,
    "1 " * 800,
    "@" * 300,
    "a.b." * 300,
    "مرحبا لا يوجد ماء",
    "नमस्ते पानी नहीं",
    "হ্যালো পানি নেই",
    "你好没有水",
    "こんにちは水がない",
    "안녕하세요 물이 없어요",
    "привет нет воды",
    "γεια σου δεν έχει νερό",
    "שלום אין מים",
    "สวัสดีไม่มีน้ำ",
    "ሰላም ውሃ የለም",
    "xin chào không có nước",
    "bonjou pa gen dlo",
    "hola no hay agua",
    "olá não há água",
    "habari hakuna maji",
    "bonjour pas d'eau",
    "merhaba su yok",
    "வணக்கம் தண்ணீர் இல்லை",
    "السلام پانی نہیں",
)


@pytest.fixture(scope="module")
def pipeline(models: Path) -> Pipeline:
    return load(VILLAGE, models)


def test_it_survives_what_people_and_machines_send(pipeline: Pipeline) -> None:
    for analysis, text in zip(pipeline.analyse(NASTY), NASTY, strict=True):
        assert isinstance(analysis, Analysis)
        assert analysis.kind in KINDS
        assert "\x00" not in analysis.redacted and "\u202e" not in analysis.redacted
        analysis.redacted.encode("utf-8")  # no lone surrogate is left
        assert all(0 <= span.start < span.end <= len(text) for span in analysis.spans)
        assert as_line(analysis)["version"] == pipeline.version


def test_a_batch_says_what_one_by_one_says_and_says_it_again(pipeline: Pipeline) -> None:
    texts = ["no water in the tap", "my name is Mary Wanjiku, no light", "", "genge lenye visu, tusaidieni haraka"] * 40
    batch = pipeline.analyse(texts)
    assert batch == pipeline.analyse(texts)
    assert batch[:4] == [pipeline.analyse([text])[0] for text in texts[:4]]
    assert batch[0].scores == batch[4].scores


def test_no_texts_give_no_analyses(pipeline: Pipeline) -> None:
    assert pipeline.analyse([]) == []


def test_later_steps_see_only_the_redacted_text(pipeline: Pipeline) -> None:
    analysis = pipeline.analyse(["my name is Blackout Power, call 0712345678"])[0]
    assert analysis.redacted == "my name is [name], call [phone]"
    assert not analysis.categories


def test_every_score_comes_best_first(pipeline: Pipeline) -> None:
    analysis = pipeline.analyse(["no water in the tap"])[0]
    assert analysis.scores[0].code == "water"
    assert len(analysis.scores) == len(VILLAGE.categories)
    assert list(analysis.scores) == sorted(analysis.scores, key=lambda finding: -finding.score)
    assert len(as_line(analysis, every_score=True)["categories"]) == 3


def test_an_urgent_sensitive_category_makes_its_texts_so(pipeline: Pipeline) -> None:
    analysis = pipeline.analyse(["sasa hivi genge la wizi lina visu, linaibia watu karibu na daraja"])[0]
    assert [finding.code for finding in analysis.categories] == ["safety"]
    assert analysis.urgent.score >= 0.5
    assert "violence" in {finding.kind for finding in analysis.sensitive}


def test_the_version_follows_from_the_content(models: Path, pipeline: Pipeline, tmp_path: Path) -> None:
    assert load(VILLAGE, models).version == pipeline.version
    assert load(VILLAGE, tmp_path).version == pipeline.version
    changed = replace(VILLAGE, categories=VILLAGE.categories[:2])
    assert load(changed, tmp_path).version != pipeline.version
    assert len(Store(tmp_path, VILLAGE.programme).versions()) == 2


def test_a_running_worker_sees_that_a_newer_model_is_there(tmp_path: Path) -> None:
    worker = load(VILLAGE, tmp_path)
    assert worker.is_current()
    learn(VILLAGE, [Lesson("the meter is spoilt", ("electricity",))], tmp_path)
    assert not worker.is_current()
    assert load(VILLAGE, tmp_path).is_current()


def test_categories_without_words_or_examples_are_listed_and_never_said(tmp_path: Path) -> None:
    bare = Knowledge(
        programme="bare",
        languages=("en",),
        categories=tuple(replace(one, words={}, examples={}) for one in VILLAGE.categories),
    )
    analysis = load(bare, tmp_path).analyse(["no water"])[0]
    assert analysis.categories == ()


def test_without_a_programme_it_still_reads(models: Path) -> None:
    analysis = load(Knowledge(), models).analyse(["nou bezwen dlo ak manje tanpri, rele m nan 37123456"])[0]
    assert analysis.language.code == "ht"
    assert analysis.redacted.endswith("[phone]")
    assert analysis.categories == ()


def test_processes_that_load_at_once_train_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    with context.Pool(3) as pool:
        versions = pool.starmap(_version, [(tmp_path,)] * 3)
    assert len(set(versions)) == 1
    store = Store(tmp_path, VILLAGE.programme)
    assert [card.version for card in store.versions()] == versions[:1]
    assert store.current() == versions[0]


def _version(models: Path) -> str:
    return load(VILLAGE, models).version


def test_what_only_training_needs_is_not_loaded_to_analyse() -> None:
    """It would take a second and eighty megabytes in every process."""
    code = "import sys, nlp.pipeline; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
