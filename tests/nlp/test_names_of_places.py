"""Words in the name of a place say nothing of what happened there: Kambi Moto and Moto Moto are estates, "moto" is fire."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlp.pipeline import Pipeline, load
from service.programme import load as load_programme
from tests.nlp.test_evaluation import ROOT


@pytest.fixture(scope="module")
def nairobi(models: Path) -> Pipeline:
    knowledge = load_programme(ROOT / "programmes" / "nairobi", for_analysis=True).knowledge
    return load(knowledge, models)


@pytest.mark.parametrize(
    "text",
    [
        "The head teacher in Kambi Moto keeps our results until we pay",
        "shimo kubwa kwa barabara ya kambi moto",
        "Maji imepotea Moto Moto wiki nzima",
        "hakuna mwalimu Kambi Moto",
    ],
)
def test_a_name_with_fire_in_it_is_no_fire(nairobi: Pipeline, text: str) -> None:
    (analysis,) = nairobi.analyse([text])
    assert "fire" not in {finding.code for finding in analysis.categories}
    assert analysis.urgent.score < 0.5


@pytest.mark.parametrize(
    "text",
    [
        "moto Kambi Moto, nyumba zinaungua",
        "kuna moto hapa kambi moto",
        "moto moto! nyumba zinaungua",
        "Moto Moto inawaka moto",
    ],
)
def test_a_fire_there_is_one(nairobi: Pipeline, text: str) -> None:
    (analysis,) = nairobi.analyse([text])
    assert "fire" in {finding.code for finding in analysis.categories}
    assert analysis.urgent.score >= 0.5


def test_the_name_of_a_clinic_may_be_what_it_is_about(nairobi: Pipeline) -> None:
    (analysis,) = nairobi.analyse(["Biafra clinic closes at 1 yet the paper at the gate says 24 hours"])
    assert {finding.code for finding in analysis.categories} == {"health_clinic"}
