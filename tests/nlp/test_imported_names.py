"""Names of places from the files of others: every format read, every odd row named, and known to the next analysis."""

from __future__ import annotations

import csv
import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from nlp.gazetteer import Entry, imported, open_gazetteer
from nlp.gazetteer.ground import Misplaced
from nlp.gazetteer.sources import Filter, Refused, Unreadable, read
from tests.nlp.town import TOWN, lookup

TODAY = date(2026, 11, 26)
KENYA = Filter("KE")


def _geonames(number: int, name: str, lat: str = "-1.3", lon: str = "36.8", **columns: str) -> str:
    cells = {
        "id": str(number), "name": name, "ascii": name, "others": "", "lat": lat, "lon": lon, "class": "P", "code": "PPL",
        "country": "KE", "cc2": "", "a1": "", "a2": "", "a3": "", "a4": "", "people": "0", "elevation": "", "dem": "",
        "zone": "Africa/Nairobi", "changed": "2026-01-01",
    } | columns  # fmt: skip
    return "\t".join(cells.values()) + "\n"


def _feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _point(lon: float, lat: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [lon, lat]}


def _collection(*features: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features})


def _found(tmp_path: Path, content: str | bytes, wanted: Filter = KENYA, name: str = "file") -> list[Entry | Refused]:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(read(path, wanted))


def test_geonames_with_alternate_names(tmp_path: Path) -> None:
    dump = tmp_path / "KE.txt"
    dump.write_text(
        _geonames(1, "Mathare", others="Matare,Bonde", people="80000")
        + _geonames(2, "Kampala", country="UG")
        + _geonames(3, "A trench", **{"class": "U"})
        + _geonames(4, "Nowhere", lat="91")
        + "short\tline\n"
        + _geonames(5, "Nairobi County", **{"class": "A", "code": "ADM1"})
    )
    alternates = tmp_path / "alternateNamesV2.txt"
    alternates.write_text(
        "10\t1\tsw\tMtaa wa Mathare\n11\t1\tlink\thttps://example.org\n12\t1\ten\tOld Name\t\t\t\t1\n13\t99\ten\tOther\n"
    )
    found = list(read(dump, KENYA, alternates))
    assert found == [
        Entry("Mathare", -1.3, 36.8, "town", 80_000, other_names=("Matare", "Bonde", "Mtaa wa Mathare")),
        Refused(4, "its latitude is not a number of degrees from -90 to 90"),
        Refused(5, "it has 2 columns, not the 19 of a GeoNames dump"),
        Entry("Nairobi County", -1.3, 36.8, "area", radius_km=40.0),
    ]
    assert [entry.name for entry in read(dump, Filter()) if isinstance(entry, Entry)] == [
        "Mathare", "Kampala", "Nairobi County",
    ]  # fmt: skip


def test_a_country_of_geonames_comes_as_a_zip(tmp_path: Path) -> None:
    path = tmp_path / "KE.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "about the columns")
        archive.writestr("KE.txt", _geonames(1, "Mathare"))
    assert [entry.name for entry in read(path, KENYA) if isinstance(entry, Entry)] == ["Mathare"]
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("UG.txt", _geonames(2, "Kampala"))
    with pytest.raises(Unreadable, match="holds 2 files of places"):
        list(read(path, KENYA))


def test_a_damaged_zip_is_told(tmp_path: Path) -> None:
    path = tmp_path / "KE.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("KE.txt", _geonames(1, "Mathare") * 50)
    whole = bytearray(path.read_bytes())
    whole[200] ^= 0xFF
    path.write_bytes(whole)
    with pytest.raises(Unreadable, match="the ZIP is damaged"):
        list(read(path, KENYA))


def test_openstreetmap_points_lines_and_shapes(tmp_path: Path) -> None:
    square = [[36.80, -1.30], [36.82, -1.30], [36.82, -1.28], [36.80, -1.28], [36.80, -1.30]]
    found = _found(
        tmp_path,
        _collection(
            _feature(_point(36.8, -1.3), name="Gatwekera", place="suburb", alt_name="Gatwe; Gatwekera Village"),
            _feature({"type": "Polygon", "coordinates": [square]}, **{"name": "Soweto", "name:sw": "Mtaa wa Soweto"}),
            _feature({"type": "LineString", "coordinates": square[:2]}, name="Kibera Drive", highway="tertiary"),
            _feature(_point(36.8, -1.3), highway="bus_stop"),
            _feature(None, name="Lost"),
            _feature(_point(36.8, 99.0), name="Too far north"),
            "no feature",
        ),
    )
    gatwekera, soweto, drive = (entry for entry in found if isinstance(entry, Entry))
    assert gatwekera == Entry("Gatwekera", -1.3, 36.8, "suburb", other_names=("Gatwe", "Gatwekera Village"))
    assert (soweto.lat, soweto.lon, soweto.other_names) == (
        pytest.approx(-1.29),
        pytest.approx(36.81),
        ("Mtaa wa Soweto",),
    )
    assert 1.0 < (soweto.radius_km or 0) < 1.3
    assert drive.level == "tertiary"
    assert [(row.number, row.why) for row in found if isinstance(row, Refused)] == [
        (4, "it has no name"),
        (5, "it has no geometry that can be read"),
        (6, "it has no geometry that can be read"),
        (7, "it is not a feature"),
    ]


@pytest.mark.parametrize("inside", ["[", '{"a":', '[{"a":'])
def test_brackets_without_end_are_refused_before_they_take_the_memory(tmp_path: Path, inside: str) -> None:
    path = tmp_path / "deep.geojson"
    path.write_text('{"type": "FeatureCollection", "features": [' + inside * 100_000)
    with pytest.raises(Unreadable, match="more than 1,000 deep"):
        list(read(path, KENYA))


def test_hdx_boundaries_are_named_by_their_finest_division(tmp_path: Path) -> None:
    shape = {"type": "MultiPolygon", "coordinates": [[[[36.0, -1.0], [37.0, -1.0], [37.0, -2.0], [36.0, -1.0]]]]}
    (found,) = _found(tmp_path, _collection(_feature(shape, ADM0_EN="Kenya", ADM1_EN="Nairobi", ADM2_EN="Lang'ata")))
    assert isinstance(found, Entry)
    assert (found.name, found.level) == ("Lang'ata", "area")
    assert (found.radius_km or 0) > 50


@pytest.mark.parametrize(
    "head",
    [
        "name,lat,lon,other_names,population",
        "Name;Latitude;Longitude;Other names;Population",
        "Facility name\tGPS latitude\tGPS longitude\tOther names\tPopulation",
        "naam,noord,oost,ook,mensen\n#loc+name,#geo+lat,#geo+lon,#loc+name+alt,#population",
        "\ufeffPLACE,Y,X,AKA,POP",
    ],
)
def test_tables_are_read_by_their_heads(tmp_path: Path, head: str) -> None:
    comma = max(",;\t", key=head.count)
    rows = comma.join(('"Mugumo-ini"', "-1,31" if comma == ";" else "-1.31", "36.79", "Mgumoini|Mugumo", "1 200"))
    assert _found(tmp_path, f"{head}\n{rows}\n\n") == [
        Entry("Mugumo-ini", -1.31, 36.79, "place", 1200, other_names=("Mgumoini", "Mugumo"))
    ]


def test_a_table_of_divisions_is_named_by_the_finest(tmp_path: Path) -> None:
    head = "ADM0_EN,ADM1_EN,ADM1_PCODE,admin2Name,admin2Pcod,lat,lon\n"
    (found,) = _found(tmp_path, head + "Kenya,Turkana,KE023,Loima,KE023137,3.1,35.0\n")
    assert isinstance(found, Entry)
    assert found.name == "Loima"


@pytest.mark.parametrize("parted", ["\n", "\r\n", "\n\x1e"])
def test_features_may_stand_one_a_line(tmp_path: Path, parted: str) -> None:
    features = [
        _feature(_point(36.8, -1.3), name="A Stage"),
        _feature(None, name="B"),
        _feature(_point(36.9, -1.3), name="C"),
    ]
    content = parted.join(json.dumps(feature) for feature in features)
    for before in ("", "\x1e", "\ufeff"):
        assert _found(tmp_path, before + content) == [
            Entry("A Stage", -1.3, 36.8, "place"),
            Refused(2, "it has no geometry that can be read"),
            Entry("C", -1.3, 36.9, "place"),
        ]


def test_a_dump_saved_by_a_spreadsheet_is_one_still(tmp_path: Path) -> None:
    content = "\ufeff" + _geonames(1, "Mathare").replace("\n", "\r\n")
    (found,) = _found(tmp_path, content)
    assert isinstance(found, Entry)
    assert found.name == "Mathare"


def test_a_long_head_is_shown_in_part(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as told:
        _found(tmp_path, "x" * 5_000 + "\n")
    assert len(str(told.value)) < 200


def test_odd_rows_are_named_by_line_and_the_others_taken(tmp_path: Path) -> None:
    rows = 'name,lat,lon\nA Stage,-1.3,36.8\n,1,2\nB Stage,north,36.8\n"C\nStage",-1.3,36.8\n!!,1,2\nD,1\n'
    assert _found(tmp_path, rows) == [
        Entry("A Stage", -1.3, 36.8, "place"),
        Refused(3, "it has no name"),
        Refused(4, "its latitude is not a number of degrees from -90 to 90"),
        Entry("C Stage", -1.3, 36.8, "place"),
        Refused(7, "its name has no letter"),
        Refused(8, "its longitude is not a number of degrees from -180 to 180"),
    ]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (
            "place,people\nKibera,5\n",
            "no column for lat, lon; name them name, lat and lon in the first line, which has: place",
        ),
        ("", "no column for name, lat, lon"),
        (b"name,lat,lon\nCafe,1,2\nCaf\xe9,1,2\n", "line 3 is not UTF-8"),
        ("name,lat,lon\nCafe,1,2\n".encode("utf-16"), "UTF-16; save it with the encoding UTF-8"),
        ('name,lat,lon\nA,1,2\n"B,1,2\nC,1,2\nD,1,2\n', "line 3: a quotation mark"),
        ('name,lat,lon\nA,1,2\n"B,1,2\nC "D" E,1,2\n', "line 3: a quotation mark"),
        ('name,lat,lon\n"A,1,2\nB,1,2\nC,1,2\nD,1,2\nE,1,2\nF,1,2\nG",1,2\n', "line 2: a quotation mark"),
        (b"\x1f\x8b\x08\x00", "not text"),
        (b"PAR1\0\0", "not text"),
        ('{"type": "Topology"}', 'no "features"'),
        ("[1, 2]", 'no "features"'),
        (b"\xef\xbb\xbf" + _collection().encode(), 'no "features"'),
        (_collection(_feature(_point(1, 2), name="A"))[:-30], "stops being JSON"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(tmp_path: Path, content: str | bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        _found(tmp_path, content)


def test_decimal_commas_among_commas_are_told(tmp_path: Path) -> None:
    (refused,) = _found(tmp_path, "name,lat,lon\nKibera,-1,31,36,79\n")
    assert isinstance(refused, Refused)
    assert (refused.number, "it has 5 cells where the first line has 3" in refused.why) == (2, True)


KISUMU = [(f"Stage {number}", -0.09 + number / 100, 34.75) for number in range(9)]


def _table(*places: tuple[str, float, float]) -> str:
    return "name,lat,lon\n" + "".join(f"{name},{lat},{lon}\n" for name, lat, lon in places)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (_table(*((name, lon, lat) for name, lat, lon in KISUMU)), "seem swapped: 9 of 9 places lie in KE only when"),
        (
            _collection(*(_feature(_point(lat, lon), name=name) for name, lat, lon in KISUMU)),
            "in GeoJSON the longitude first",
        ),
        (_table(*((name, lat + 40, lon) for name, lat, lon in KISUMU)), "9 of 9 places lie outside KE"),
    ],
)
def test_a_file_whose_places_lie_elsewhere_is_refused(tmp_path: Path, content: str, why: str) -> None:
    file = tmp_path / "stages"
    file.write_text(content)
    with pytest.raises(Misplaced, match=why):
        imported.take_in(file, tmp_path, "town", KENYA, TODAY)
    assert imported.listed(tmp_path, "town") == []
    assert imported.take_in(file, tmp_path, "town", Filter(), TODAY).taken == 9


def test_some_rows_out_of_place_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "stages.csv"
    file.write_text(_table(*KISUMU, ("Turned", 34.75, -0.1), ("Far", 60.0, 10.0)))
    outcome = imported.take_in(file, tmp_path, "town", KENYA, TODAY)
    assert outcome.taken == 11
    assert str(outcome.survey).startswith(
        "2 places lie outside KE, 1 of them in it with latitude and longitude exchanged"
    )


def test_many_lines_of_rubbish_are_refused_line_by_line_and_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "rubbish.csv"
    file.write_text("name,lat,lon\n" + "".join(f"{number:x}{number * 7919:x}\n" for number in range(30_000)))
    with pytest.raises(imported.NothingFound, match="the first of 30,000 refused: row 2"):
        imported.take_in(file, tmp_path, "town", KENYA, TODAY)


def test_imported_names_are_known_listed_replaced_and_removed(tmp_path: Path) -> None:
    file = tmp_path / "Kenya Roads.csv"
    file.write_text("name,lat,lon\nZanzibari Corner,-1.2,36.8\nbroken,,\n")

    def known() -> list[str]:
        return [match.entry.name for match in lookup(open_gazetteer(TOWN, tmp_path), "zanzibari corner")]

    assert known() == []
    before = imported.state(tmp_path, TOWN.programme)
    limit = csv.field_size_limit()
    outcome = imported.take_in(file, tmp_path, TOWN.programme, KENYA, TODAY)
    assert (outcome.taken, outcome.refused, outcome.first_refused[0].number) == (1, 1, 3)
    assert csv.field_size_limit() == limit, "programmes' files, read in the same process, are held to it"
    assert known() == ["Zanzibari Corner"]
    (listed,) = imported.listed(tmp_path, TOWN.programme)
    assert (listed.name, listed.file, listed.day, listed.places) == ("kenya-roads", "Kenya Roads.csv", "2026-11-26", 1)
    assert imported.state(tmp_path, TOWN.programme) != before

    file.write_text("name,lat,lon\nbroken,,\n")
    with pytest.raises(imported.NothingFound, match="first of 1 refused: row 2, its latitude"):
        imported.take_in(file, tmp_path, TOWN.programme, KENYA, TODAY)
    assert known() == ["Zanzibari Corner"]  # what was there stays

    assert not imported.remove(tmp_path, TOWN.programme, "other")
    assert imported.remove(tmp_path, TOWN.programme, "Kenya Roads")
    assert known() == []


def test_another_country_is_named_when_nothing_is_left(tmp_path: Path) -> None:
    file = tmp_path / "UG.txt"
    file.write_text(_geonames(1, "Kampala", country="UG"))
    with pytest.raises(imported.NothingFound, match="no place in KE, the programme's country; with --every-country"):
        imported.take_in(file, tmp_path, "town", KENYA, TODAY)
    assert imported.take_in(file, tmp_path, "town", Filter(), TODAY).taken == 1
