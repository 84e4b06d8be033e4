"""Every step has a docstring and cases; each case is a text and what the step must say of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import spacy

from nlp.analysis import Analysis
from nlp.findings import as_analysis
from nlp.knowledge import Knowledge
from nlp.model import Model
from nlp.pipeline import Pipeline, load
from nlp.steps.redaction import RedactionStep
from nlp.steps.registry import STEPS
from tests.nlp.village import VILLAGE

CASES = Path(__file__).parent / "cases"
HERE = ("redaction", "language", "categories", "kind", "urgent", "sensitive")
"""Steps whose cases are run here; those of places are in test_places.py."""


def _cases(name: str) -> list[Any]:
    lines = (CASES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [pytest.param(name, json.loads(line), id=f"{name}: {json.loads(line)['about']}") for line in lines]


@pytest.fixture(scope="module")
def pipeline(models: Path) -> Callable[[Knowledge], Pipeline]:
    loaded: dict[Knowledge, Pipeline] = {}

    def of(knowledge: Knowledge) -> Pipeline:
        key = replace(knowledge, categories=())
        if key not in loaded:
            loaded[key] = load(knowledge, models)
        return loaded[key]

    return of


@pytest.mark.parametrize("step", STEPS)
def test_every_step_says_what_it_does_and_has_cases(step: type) -> None:
    assert step.__doc__ and len(step.__doc__.split()) > 10
    assert len((CASES / f"{step.name}.jsonl").read_text(encoding="utf-8").splitlines()) >= 2  # type: ignore[attr-defined]


def test_steps_have_names_of_their_own() -> None:
    assert len({step.name for step in STEPS}) == len(STEPS)
    assert STEPS[0].name == "redaction"  # all others see only what it leaves


@pytest.mark.parametrize(("name", "case"), [case for name in HERE for case in _cases(name)])
def test_step_says(name: str, case: dict[str, Any], pipeline: Callable[[Knowledge], Pipeline]) -> None:
    if name == "redaction":
        _CHECKS[name](_redact(case), case)
        return
    own = name == "categories" or set(case.get("languages", ())) == set(VILLAGE.languages)
    languages = tuple(case.get("languages", ()))
    knowledge = VILLAGE if own else Knowledge(programme="-".join(languages), languages=languages)
    _CHECKS[name](pipeline(knowledge).analyse([case["text"]])[0], case)


def _redact(case: dict[str, Any]) -> Analysis:
    """The step alone: opening a country's names for each case would take seconds."""
    step = RedactionStep()
    step.prepare(Knowledge(country=case.get("country")), Model("test"))
    nlp = spacy.blank("xx")
    return as_analysis(step(nlp.make_doc(case["text"])), "test")


def _check_redaction(analysis: Analysis, case: dict[str, Any]) -> None:
    assert analysis.redacted == case["redacted"]
    masked = [case["text"][span.start : span.end] for span in analysis.spans]
    assert len(masked) == case["redacted"].count("[")
    for piece in masked:
        assert piece not in analysis.redacted


def _check_language(analysis: Analysis, case: dict[str, Any]) -> None:
    assert analysis.language.code == case["code"]
    assert 0 <= analysis.language.score <= 1


def _check_categories(analysis: Analysis, case: dict[str, Any]) -> None:
    assert sorted(finding.code for finding in analysis.categories) == case["categories"]
    for finding in analysis.categories:
        assert finding.why
        assert all(word in case["text"] for word in finding.why.split(", "))


def _check_kind(analysis: Analysis, case: dict[str, Any]) -> None:
    assert analysis.kind == case["kind"]


def _check_urgent(analysis: Analysis, case: dict[str, Any]) -> None:
    assert (analysis.urgent.score >= 0.5) is case["urgent"]
    assert bool(analysis.urgent.why) is (analysis.urgent.score > 0)


def _check_sensitive(analysis: Analysis, case: dict[str, Any]) -> None:
    found = {finding.kind for finding in analysis.sensitive}
    assert set(case["kinds"]) <= found if case["kinds"] else not found
    assert all(finding.why for finding in analysis.sensitive)


_CHECKS: dict[str, Callable[[Analysis, dict[str, Any]], None]] = {
    "redaction": _check_redaction,
    "language": _check_language,
    "categories": _check_categories,
    "kind": _check_kind,
    "urgent": _check_urgent,
    "sensitive": _check_sensitive,
}
