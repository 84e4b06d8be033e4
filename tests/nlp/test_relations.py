"""How what happened lies to the names of a text, in the languages people text in; with sentences that say nothing of the kind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nlp.gazetteer import open_programme
from nlp.gazetteer.candidates import as_mentions
from nlp.gazetteer.cues import cues_for
from nlp.gazetteer.mentions import find_names
from nlp.gazetteer.speech import speech_of
from nlp.knowledge import Place
from nlp.locating import asserted, locate
from tests.nlp.town import TOWN

PLACES = (*TOWN.places, Place("Kafoufey", -1.24, 36.86, (), "north", "village"))
KNOWN = replace(TOWN, languages=("en", "sw", "hi", "fr", "ht"), places=PLACES)
NAMES, SPEECH = open_programme(KNOWN), speech_of(KNOWN)
AREAS = {area.code: area for area in KNOWN.areas}


def _where(text: str) -> tuple[str | None, str]:
    """The name of the location, and how its reason begins."""
    mentions = as_mentions(find_names(text, NAMES, SPEECH), AREAS, NAMES.home)
    found = locate(text, mentions, AREAS, SPEECH.cues)
    return (found.name, found.why.split()[0]) if found else (None, "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a child drowned near the Gatwekera bridge", "near"),
        ("smoke comes from next to our old Gatwekera market", "near"),
        ("they dump everything behind the Gatwekera school", "behind"),
        ("the hole is opposite the new clinic of Gatwekera", "opposite"),
        ("moto karibu na soko la Gatwekera", "near"),
        ("takataka nyuma ya msikiti wa Gatwekera", "behind"),
        ("daraja lilianguka kati ya kanisa na shule ya Gatwekera", "between"),
        ("a pole fell between the church and the Gatwekera stage", "between"),
        ("il y a le feu près du marché de Gatwekera", "near"),
        ("la route est coupée entre le pont et Gatwekera", "between"),
        ("dife bò mache Gatwekera", "near"),
        ("pon an kraze ant legliz la ak Gatwekera", "between"),
        ("Gatwekera bazaar ke paas aag lagi hai", "near"),
        ("Gatwekera school ke peeche kachra hai", "behind"),
        ("Gatwekera aur mandir ke beech naali tooti hai", "between"),
        ("Water is low. Gatwekera market has none", "names"),
        ("we met at the school. Gatwekera has no water", "names"),
    ],
)
def test_things_and_articles_stand_between_a_cue_and_a_name(text: str, said: str) -> None:
    assert _where(text) == ("Gatwekera", said)


@pytest.mark.parametrize(
    "text",
    [
        "the road is cut between Gatwekera and Samastipur",
        "between the Gatwekera market and the Samastipur bridge a lorry fell",
        "barabara imekatika kati ya Gatwekera na Samastipur",
        "la route entre Gatwekera et Samastipur est coupée",
        "wout la koupe ant Gatwekera ak Samastipur",
        "Gatwekera aur Samastipur ke beech sadak tooti hai",
        "Gatwekera se Samastipur ke bich pul gir gaya",
        "Gatwekera bazaar aur Samastipur school ke beech pani bhara hai",
        "गटवेकेरा और समस्तीपुर के बीच सड़क टूटी है",
    ],
)
def test_between_two_names_is_their_middle(text: str) -> None:
    name, said = _where(text)
    assert name is not None
    assert " / " in name
    assert said == "between"


@pytest.mark.parametrize(
    "text",
    [
        "the fire is not Mlimani but Gatwekera",
        "not the Mlimani clinic but the one in Gatwekera",
        "it was in Gatwekera, not Mlimani",
        "instead of Mlimani they built it in Gatwekera",
        "far from Mlimani, here in Gatwekera, nobody comes",
        "si Mlimani bali Gatwekera",
        "moto sio Mlimani ni Gatwekera",
        "tuko Gatwekera, mbali na Mlimani",
        "le feu n'est pas à Mlimani mais à Gatwekera",
        "c'est loin de Mlimani, à Gatwekera",
        "se pa Mlimani, se Gatwekera",
        "nou nan Gatwekera, lwen Mlimani",
        "Mlimani nahi Gatwekera mein aag lagi",
        "Mlimani mein nahi, Gatwekera mein aag lagi",
        "Mlimani nahi balki Gatwekera",
        "Gatwekera na ki Mlimani",
        "Mlimani se bahut door Gatwekera mein",
        "म्लिमानी में नहीं बल्कि गटवेकेरा में",
    ],
)
def test_what_a_text_denies_is_not_where_it_happened(text: str) -> None:
    assert _where(text)[0] == "Gatwekera"


@pytest.mark.parametrize(
    "text",
    [
        "we live far from Gatwekera",
        "the clinic is a long way from Gatwekera",
        "maji yako mbali na Gatwekera",
        "l'école est loin de Gatwekera",
        "dlo a lwen Gatwekera",
        "paani Gatwekera se bahut door hai",
        "this is not Gatwekera",
    ],
)
def test_far_from_a_place_is_nowhere(text: str) -> None:
    assert _where(text)[0] is None


@pytest.mark.parametrize(
    "text",
    [
        "not only Gatwekera has no water",
        "why not build a clinic in Gatwekera",
        "Gatwekera is not clean",
        "there is no tap in Gatwekera",
        "not far from Gatwekera a child is lost",
        "we are not happy in Gatwekera",
        "Gatwekera haina maji",
        "sisi wa Gatwekera hatuna stima",
        "si mbali na Gatwekera",
        "il n'y a pas d'eau à Gatwekera",
        "pas loin de Gatwekera un enfant est perdu",
        "pa gen dlo nan Gatwekera",
        "Gatwekera mein paani nahi hai",
        "Gatwekera nahi aaya paani",
        "Gatwekera se zyada door nahi",
        "गटवेकेरा में पानी नहीं है",
    ],
)
def test_a_negation_of_something_else_leaves_the_place(text: str) -> None:
    assert _where(text)[0] == "Gatwekera"


def test_both_places_that_lack_something_stay() -> None:
    text = "Mlimani mein bijli nahi Gatwekera mein paani nahi"
    mentions = as_mentions(find_names(text, NAMES, SPEECH), AREAS, NAMES.home)
    assert [mention.text for mention in asserted(text, mentions, SPEECH.cues)] == ["Mlimani", "Gatwekera"]


def test_cues_of_other_languages_are_not_heard() -> None:
    assert cues_for(("sw",)).relation(["entre"], []) is None
    assert cues_for(("sw",)).relation(["kati", "ya"], []) == "between"
    assert cues_for(()).relation(["entre"], []) == "between"


@pytest.mark.parametrize(
    "text",
    [
        "I stay in Gatwekera and work in Mlimani",
        "I work in Mlimani but live in Gatwekera",
        "we moved to Gatwekera when Mlimani was flooded",
        "nilitoka Mlimani nikahamia Gatwekera",
        "nafanya kazi Mlimani lakini naishi Gatwekera",
        "je travaille à Mlimani mais j'habite Gatwekera",
        "m soti Mlimani, m rete Gatwekera",
        "Mlimani me kaam karta hoon, Gatwekera me rehta hoon",
        "मैं म्लिमानी में काम करता हूँ, गटवेकेरा में रहता हूँ",
    ],
)
def test_people_speak_of_where_they_live(text: str) -> None:
    assert _where(text)[0] == "Gatwekera"
