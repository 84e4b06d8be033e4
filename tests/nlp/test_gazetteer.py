"""Names in an index: found as written, as they sound, a slip away; made once, opened at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlp.gazetteer import Entry, Gazetteer, Index, build, open_gazetteer, write
from nlp.gazetteer.country import open_country
from nlp.gazetteer.search import likeness_of
from nlp.gazetteer.spelling import initials, slips, sound, spellings
from nlp.knowledge import Area, Knowledge, Place
from tests.nlp.town import TOWN, lookup

SYLLABLES = ("ba", "ko", "mi", "ru", "te", "nda", "lo", "shi", "ga", "wu", "pe", "sa")
STRANGE = ("fro", "gle", "tri", "dwa", "blu", "cru", "pfa", "zno")


def _gazetteer(*names: str) -> Gazetteer:
    return Gazetteer([Index(build(Entry(name, 1.0, 2.0, "town") for name in names))])


@pytest.mark.parametrize(
    ("known", "written"),
    [
        ("Saint-Marc", "St Marc"),
        ("St. Mark's Road", "saint mark rd"),
        ("Kibera Police Station", "kibera ps"),
        ("Petit Goâve", "PETITGOAVE"),
        ("Gressier", "gresier"),
        ("Samastipur", "samasteepur"),
        ("Muzaffarpur", "Mujafarpur"),
        ("Sitamarhi", "सीतामढ़ी"),
        ("Kosovo Village", "kosovo"),
        ("Block Two", "block 2"),
    ],
)
def test_a_name_is_found_under_its_spellings(known: str, written: str) -> None:
    assert [match.entry.name for match in lookup(_gazetteer(known, "Elsewhere"), written)] == [known]


@pytest.mark.parametrize(
    ("known", "written"),
    [
        ("Delmas 33", "Delmas 31"),
        ("Soweto", "Sweto"),
        ("Mara", "Mora"),
        ("Gressier", "Tressier"),
        ("Kibera", "Kiberamall"),
    ],
)
def test_another_name_is_not(known: str, written: str) -> None:
    assert lookup(_gazetteer(known), written) == ()


def test_slips_allowed_grow_with_length() -> None:
    assert likeness_of("korogocho", "korogocho") == 1.0
    assert likeness_of("krogosho", "korogocho") > 0
    assert likeness_of("kibra", "kaburu") == 0


def test_an_entry_comes_back_as_it_went_in() -> None:
    entry = Entry("Ωmega town", -1.234567, 36.7654321, "town", 12_345, "north", 2.5)
    found = Index(build([entry])).entry(0)
    assert found == entry


def test_a_name_shared_by_many_leads_to_all_of_them() -> None:
    entries = [Entry("Rampur", float(north), 85.0, "village") for north in range(30)]
    found = lookup(Gazetteer([Index(build(entries))]), "Rampur")
    assert {match.entry.lat for match in found} == {float(north) for north in range(30)}


def test_what_is_not_an_index_is_refused() -> None:
    with pytest.raises(ValueError, match="not an index"):
        Index(b"something else altogether, and long enough to be read")


def test_an_index_in_a_file_is_the_index_in_memory(tmp_path: Path) -> None:
    data = build([Entry("Kibera", -1.31, 36.78, "settlement")])
    write(tmp_path / "some" / "names.places", data)
    assert [path.name for path in (tmp_path / "some").iterdir()] == ["names.places"]
    assert Index.open(tmp_path / "some" / "names.places").entry(0).name == "Kibera"


def test_a_country_is_made_once_and_then_opened(tmp_path: Path) -> None:
    made = open_country("KE", tmp_path)
    assert made.size > 100
    (path,) = tmp_path.iterdir()
    before = path.stat().st_mtime_ns
    gazetteer = Gazetteer([open_country("KE", tmp_path)])
    assert path.stat().st_mtime_ns == before
    (best, *_) = lookup(gazetteer, "kisumu")
    assert best.entry.name == "Kisumu"
    assert best.entry.population > 100_000


def test_a_broken_file_of_a_country_is_made_anew(tmp_path: Path) -> None:
    open_country("SC", tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(b"half a file")
    assert open_country("SC", tmp_path).size > 3


def test_few_words_that_are_no_name_are_looked_up_by_chance() -> None:
    """What the bitmaps let through is looked up in vain, at fifty times the cost."""
    layer = Index(build(Entry(f"{one}{two} Hill", 1.0, 2.0, "town") for one in SYLLABLES for two in SYLLABLES))
    strange = [f"{one}{two}{three}" for one in STRANGE for two in SYLLABLES for three in STRANGE]
    for knows in (layer.knows_part, layer.knows_start):
        assert sum(map(knows, strange)) < len(strange) / 10


def test_the_programmes_own_places_come_first(tmp_path: Path) -> None:
    found = lookup(open_gazetteer(TOWN, tmp_path), "Gatwekera")
    assert [(match.layer, match.entry.area) for match in found] == [(0, "south")]


def test_an_area_lies_where_its_places_are() -> None:
    knowledge = Knowledge(
        areas=(Area("top", "Big", population=5), Area("low", "Small", parent="top"), Area("none", "Nowhere")),
        places=(Place("A place", 1.0, 2.0, area="low"), Place("B place", 1.0, 2.2, area="low")),
    )
    gazetteer = open_gazetteer(knowledge, Path("unused"))
    (big,) = lookup(gazetteer, "Big")
    assert (big.entry.lat, round(big.entry.lon, 6), big.entry.population) == (1.0, 2.1, 5)
    assert 5 < (big.entry.radius_km or 0) < 15
    assert lookup(gazetteer, "Nowhere") == ()


def test_areas_in_a_circle_do_not_hang() -> None:
    knowledge = Knowledge(
        areas=(Area("one", "First", parent="two"), Area("two", "Second", parent="one")),
        places=(Place("Somewhere", 1.0, 2.0, area="one"),),
    )
    assert len(lookup(open_gazetteer(knowledge, Path("unused")), "Second")) == 1


def test_spellings_of_a_name() -> None:
    found = spellings("St. Theresa Primary School")
    assert found["sttheresaprimaryschool"] is True
    assert "sainttheresaprisch" in found
    assert spellings("Kosovo Village") == {
        "kosovovillage": True,
        "kosovovill": True,
        "kosovovlg": True,
        "kosovo": False,
    }
    assert spellings("!!") == {}


def test_initials() -> None:
    assert initials("Port-au-Prince") == {"pap", "paup"}
    assert initials("New York") == set()


def test_sounds() -> None:
    assert sound("samasteepoor") == sound("samastipur")
    assert sound("phulwari") == sound("fulwari")
    assert sound("gressier")[0] != sound("tressier")[0]
    assert slips("abc") == {"abc"}
    assert "kibra33" in slips("kibera33")
    assert "kibera3" not in slips("kibera33")
