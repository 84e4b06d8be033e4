"""Names that are also things, numbers of something or people, in texts about the places of a shipped programme."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlp.analysis import Location
from nlp.gazetteer import Entry, Gazetteer, Index, build, open_programme
from nlp.gazetteer.candidates import as_mentions
from nlp.gazetteer.doubts import doubts_for
from nlp.gazetteer.mentions import find_names
from nlp.gazetteer.speech import speech_of
from nlp.knowledge import Knowledge
from nlp.locating import locate
from service.programme import load

NAIROBI = load(Path(__file__).parents[2] / "programmes" / "nairobi", for_analysis=True).knowledge
NAMES = open_programme(NAIROBI)
KREYOL = Knowledge(languages=("ht", "fr", "en"))
CROSSROADS = Gazetteer([Index(build([Entry("Carrefour", 18.54, -72.4, "town", 440_000, other_names=("Kafou",))]))])


def _where(text: str, knowledge: Knowledge = NAIROBI, names: Gazetteer = NAMES) -> Location | None:
    areas = {area.code: area for area in knowledge.areas}
    speech = speech_of(knowledge)
    return locate(text, as_mentions(find_names(text, names, speech), areas, names.home), areas, speech.cues)


@pytest.mark.parametrize(
    "text",
    [
        "house 4B has no toilet",
        "my son in Form 4A was sent home",
        "class 3C has no teacher",
        "Room 4B is full of water",
        "Gate 4A is locked at night",
        "our classroom, class 4A, leaks",
        "house number 4B is empty",
        "nyumba 4B imechomeka",
        "mtoto wangu yuko darasa la 4A",
        "kidato cha 4B wamefukuzwa",
        "chumba 3C hakina dirisha",
        "page 4A of the form is missing",
        "Number 10 on the list got the money, I am number 11",
        "phase 4 of the project never came",
        "section 3 of the law says so",
        "My village 2 kilometres from the road",
        "section 3 days without water",
        "bins are full and nobody collects",
        "Bins are full again",
        "The gateway to our plot is blocked",
        "Satellite dish was stolen from the roof",
        "The quarry killed a boy",
        "the coast is where I come from",
        "Olympic games were on the radio",
        "Villa of the chief has light, we do not",
        "kijiji chetu hakina maji",
        "Falcon killed my chicken",
        "gateway payments fail on the phone",
        "imara mlango, wezi wanakuja",
        "Tabitha told me to wait",
        "Austin beat me yesterday",
        "Karanja my neighbour is selling drugs",
        "Sofia was raped last night",
        "Raila aliniambia nisubiri",
        "Reuben aliniambia nilipe",
        "muwe na huruma jamani",
        "hawa watu hawana huruma hata kidogo",
        "Tuonee huruma, njaa inatuua",
        "it is no paradise on earth",
        "they promised canaan and gave us dust",
        "a gateway to hell",
        "raila must hear us",
        "ruto na raila wakutane",
    ],
)
def test_what_only_sounds_like_a_place_is_none(text: str) -> None:
    assert _where(text) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("water problem here in Pipeline", "Pipeline"),
        ("Pipeline: no water since Monday", "Pipeline"),
        ("Pipeline", "Pipeline"),
        ("Pipeline estate has no light", "Pipeline"),
        ("karibu na Pipeline kuna moto", "Pipeline"),
        ("watu wa Pipeline hawana maji", "Pipeline"),
        ("mtaa wa Pipeline hauna taa", "Pipeline"),
        ("supervisor wa gateway aliomba pesa", "Gateway"),
        ("no bins at Gateway", "Gateway"),
        ("no toilet in 4B", "Mathare 4B"),
        ("4A hakuna stima", "Mathare 4A"),
        ("Mathare 4A has no light", "Mathare 4A"),
        ("Fire in 3C now", "Mathare 3C"),
        ("4B", "Mathare 4B"),
        ("Stage 46 is blocked by mud", "Kawangware 46"),
        ("Phase 4 Dandora haina maji", "Dandora Phase 4"),
        ("Number 10 stage is dangerous at night", "Number 10"),
        ("the fire in Section 3 took ten houses", "Section 3"),
        ("Village 2 is flooded", "Village 2"),
        ("Bins village has no toilets", "Bins"),
        ("Fire at Bins", "Bins"),
        ("hapa bins mvua imeingia", "Bins"),
        ("Satellite, no light for a week", "Satellite"),
        ("near Quarry there are thieves", "Quarry"),
        ("at Olympic the tap is dry", "Olympic"),
        ("Kijiji, no water", "Kijiji"),
        ("the school in Kijiji is closed", "Kijiji"),
        ("Coast", "Coast"),
        ("hapa Sofia hakuna choo", "Sofia"),
        ("Sofia Majengo is burning", "Sofia"),
        ("no nurse at Tabitha clinic", "Tabitha Clinic"),
        ("people of Raila village sleep outside", "Raila"),
        ("Raila", "Raila"),
        ("in Karen there is no clinic", "Karen"),
        ("hapa huruma hakuna maji", "Huruma"),
        ("huruma flats hazina choo", "Huruma"),
        ("no toilets in paradise", "Paradise"),
        ("village two mathare has no toilets", "Village 2"),
        ("knh sent us away", "Kenyatta National Hospital"),
        ("mashimoni in kibera burns", "Mashimoni"),
        ("mashimoni, mathare: fire", "Mashimoni Mathare"),
        ("Pipeline burst near Silanga, water everywhere", "Silanga"),
    ],
)
def test_what_names_a_place_is_one(text: str, name: str) -> None:
    found = _where(text)
    assert found is not None
    assert found.name == name


def test_a_burst_pipeline_in_one_of_two_places_leaves_the_two() -> None:
    mentions = as_mentions(find_names("Pipeline burst in Kosovo", NAMES, speech_of(NAIROBI)), {}, NAMES.home)
    assert [(mention.text, len(mention.candidates)) for mention in mentions] == [("Kosovo", 2)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("kafou a bloke", False),
        ("nou nan kafou a depi maten", False),
        ("bò kafou a gen yon lekòl", False),
        ("nou nan Kafou", True),
        ("Kafou", True),
        ("nou nan kafou, pa gen dlo", True),
        ("we need food in carrefour", True),
    ],
)
def test_the_crossroads_is_not_the_town(text: str, found: bool) -> None:
    assert (_where(text, KREYOL, CROSSROADS) is not None) is found


def test_doubts_of_other_languages_are_not_had() -> None:
    assert "kafou" not in doubts_for(("sw",)).things
    assert "kafou" in doubts_for(()).things
