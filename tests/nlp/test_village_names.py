"""Villages of a large import that are called like countries, days, companies, people or things: a text about those names no
place, and a text about the village does."""

from __future__ import annotations

import pytest

from nlp.gazetteer import Entry, Gazetteer, Index, build
from nlp.gazetteer.candidates import as_mentions
from nlp.gazetteer.mentions import find_names
from nlp.gazetteer.speech import speech_of
from nlp.knowledge import Knowledge
from nlp.lexicon import read_data
from nlp.locating import locate
from tools.everyday import everyday, texts_by_language

EAST = (
    "Canada", "Lebanon", "Mali", "Oman", "Rwanda", "Thursday", "January", "Oranges", "Huawei", "Telkom", "Kevin", "Agnes",
    "Brenda", "Wambui", "Kisumu Ndogo", "Window", "Roof", "Kitchen", "Teacher", "Bread", "Nurse", "Dawa", "Chuo", "Paa",
    "Kiprono", "Karo", "Alhamisi", "Ijumaa", "Bei", "Simu", "Doto", "Mfuko", "Kilimani", "Ulaya", "Mbita", "Kaloleni", "Ruaka",
)  # fmt: skip
BIHAR = (
    "Qatar", "Bhutan", "Jio", "Somwar", "Holi", "Sunita", "Mahesh", "Dinesh", "Kamal", "Naukari", "Dawai", "Khana", "Sarita",
    "Barauli", "सुनीता", "महेश", "कतर", "शुक्रवार", "दवाई", "खाना", "अगस्त", "पचरुखी", "डुमरांव",
    "किताब", "रास्ता", "तालाब",
)  # fmt: skip
HAITI = (
    "Canada", "Panama", "Espagne", "Jeudi", "Octobre", "Orange", "Françoise", "Robert", "Sylvie", "Route", "Lumière", "Moulin",
    "Madi", "Kanada", "Wozlò", "Chanm", "Travay", "Pòt", "Limonade", "Pestel", "Maniche", "Aquin", "Fatra",
)  # fmt: skip
KNOWN = {
    "east": (Knowledge(languages=("en", "sw")), EAST, (-1.0, 37.0)),
    "bihar": (Knowledge(languages=("hi", "en")), BIHAR, (25.5, 85.5)),
    "haiti": (Knowledge(languages=("fr", "ht")), HAITI, (18.5, -72.8)),
}


def _gazetteer(names: tuple[str, ...], corner: tuple[float, float]) -> Gazetteer:
    """A programme that has no place of its own, and villages a tenth of a degree apart."""
    entries = [
        Entry(name, corner[0] + 0.1 * (at % 8), corner[1] + 0.1 * (at // 8), "town") for at, name in enumerate(names)
    ]
    return Gazetteer([Index(build([])), Index(build(entries))])


GAZETTEERS = {where: _gazetteer(names, corner) for where, (_, names, corner) in KNOWN.items()}


def _named(where: str, text: str) -> str | None:
    knowledge = KNOWN[where][0]
    speech = speech_of(knowledge)
    found = locate(text, as_mentions(find_names(text, GAZETTEERS[where], speech), {}), {}, speech.cues)
    return None if found is None else found.name


@pytest.mark.parametrize(
    ("where", "text"),
    [
        ("east", "Our MP flew to Canada while we drink dirty water"),
        ("east", "My cousin works in Oman and has not been paid"),
        ("east", "People in Rwanda have clean streets"),
        ("east", "Since Thursday there is no power"),
        ("east", "They promised us a road in January"),
        ("east", "The Huawei phone of my daughter was snatched"),
        ("east", "Telkom masts are above our school"),
        ("east", "Kevin has been arrested for nothing"),
        ("east", "Agnes and Brenda sleep outside with the children"),
        ("east", "our neighbour Kiprono closed the path"),
        ("east", "the nurse at the kitchen asks for tea"),
        ("east", "a Teacher in the school hits children"),
        ("east", "the roof leaks and the window is broken"),
        ("east", "the price of Bread went up again"),
        ("east", "Dawa hakuna kabisa, tunaambiwa tununue"),
        ("east", "Bei ya unga imepanda"),
        ("east", "kaka Doto amepigwa na askari"),
        ("east", "Tangu Alhamisi hakuna stima"),
        ("east", "Watoto wamerudishwa kwa sababu ya karo"),
        ("east", "wanauza mitumba kutoka Ulaya"),
        ("bihar", "Mahesh ka pension nahi aaya"),
        ("bihar", "mera beta Qatar me hai, malik paisa nahi deta"),
        ("bihar", "Jio ka tower kharab hai do din se"),
        ("bihar", "Holi me police ne lathi chalayi"),
        ("bihar", "Sunita didi ko ward member ne gali di"),
        ("bihar", "Dawai nahi hai khana bhi nahi"),
        ("bihar", "सुनीता को वृद्धा पेंशन नहीं मिलती"),
        ("bihar", "महेश के घर में चोरी हुई"),
        ("bihar", "शुक्रवार को राशन बंटना था"),
        ("bihar", "कतर में मेरा पति फंसा है"),
        ("bihar", "रास्ता में पानी भरा है"),
        ("haiti", "Mon fils est au Canada depuis deux ans"),
        ("haiti", "Françoise n'a plus rien à manger"),
        ("haiti", "on a donné le sac à Robert"),
        ("haiti", "depuis Jeudi la Lumière est coupée"),
        ("haiti", "En Octobre ils ont promis des tentes"),
        ("haiti", "il vend des cartes Orange dans la rue"),
        ("haiti", "la Route est bloquée par des pierres"),
        ("haiti", "Pòt la kase, dlo antre nan chanm nan"),
        ("haiti", "pa gen Travay pou jèn yo"),
        ("haiti", "matant Sylvie pa jwenn tant"),
        ("haiti", "depi Madi nou pa manje"),
        ("haiti", "frè m nan Kanada pa voye anyen"),
    ],
)
def test_it_is_something_else(where: str, text: str) -> None:
    assert _named(where, text) is None


@pytest.mark.parametrize(
    ("where", "text", "name"),
    [
        ("east", "The school in Lebanon village has no roof", "Lebanon"),
        ("east", "we of the village of Rwanda walk far for water", "Rwanda"),
        ("east", "maji hakuna kijiji cha Mali", "Mali"),
        ("east", "there is cholera in Mbita", "Mbita"),
        ("east", "no doctor at Kaloleni health centre", "Kaloleni"),
        ("east", "Kevin lives in Ruaka and his house burnt", "Ruaka"),
        ("east", "Canada", "Canada"),
        ("bihar", "Mahesh Barauli me rehta hai, ghar gir gaya", "Barauli"),
        ("bihar", "Sarita gaon me school nahi hai", "Sarita"),
        ("bihar", "डुमरांव में पानी नहीं आया", "डुमरांव"),
        ("bihar", "शुक्रवार से पचरुखी में बिजली नहीं है", "पचरुखी"),
        ("haiti", "pas de médecin à Pestel depuis Jeudi", "Pestel"),
        ("haiti", "Robert est blessé, nous sommes à Maniche", "Maniche"),
        ("haiti", "au village de Panama il n'y a pas d'eau", "Panama"),
        ("haiti", "moun nan Limonade yo bezwen tant", "Limonade"),
    ],
)
def test_the_village_is_named(where: str, text: str, name: str) -> None:
    assert _named(where, text) == name


def test_our_words_are_nearly_those_of_our_texts() -> None:
    """A few new texts change little; after many `python -m tools.everyday` writes the file anew."""
    kept = read_data("everyday.yaml")
    for language, texts in texts_by_language().items():
        listed, found = set(kept[language].split()), set(everyday(texts))
        assert len(listed & found) > 0.85 * len(listed | found)
