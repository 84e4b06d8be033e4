"""Files as they come from spreadsheets, editors and strangers: each mistake is named, and none ends the check."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from service.programme import load
from tests.service.cli.conftest import Run

Change = Callable[[bytes], bytes]
RING = ((36.7, -1.3), (36.8, -1.3), (36.8, -1.4), (36.7, -1.3))


def put(good: str, bad: str) -> Change:
    """A change of the first place where something stands."""

    def change(data: bytes) -> bytes:
        assert good.encode() in data
        return data.replace(good.encode(), bad.encode(), 1)

    return change


def whole(text: str) -> Change:
    return lambda _: text.encode()


def boundary(*codes: str, ring: Sequence[object] = RING) -> Change:
    """Boundaries of areas west of Nairobi."""
    shape = {"type": "Polygon", "coordinates": [ring]}
    features = [{"type": "Feature", "properties": {"code": code}, "geometry": shape} for code in codes]
    return whole(json.dumps({"type": "FeatureCollection", "features": features}))


STATUS = "{reference}: {state}"
PLACE = "-1.3130,36.7830"
GEO = "areas.geojson"
HOSTILE = [
    # The bytes.
    ("places.csv", lambda data: data.decode().encode("utf-16"), "places.csv:1: this line is not UTF-8"),
    ("places.csv", lambda _: b"PK\x03\x04\x14\x00\xff", "places.csv:1: this is a spreadsheet"),
    ("places.csv", lambda data: data.replace(b",", b";"), "places.csv:1: its columns are parted by semicolons"),
    ("places.csv", lambda data: data.replace(b",", b"\t"), "places.csv:1: its columns are parted by tabs"),
    ("places.csv", lambda _: b"", "places.csv:1: the file is empty; its first line must be name,"),
    ("places.csv", put("Kossovo", "Koss\x07vo"), "places.csv:3: a control character (U+0007)"),
    ("places.csv", put("Kosovo,", f"{'K' * 140_000},"), "places.csv:3: not CSV"),
    ("messages/en.yaml", put("Nothing is", "Nothing \0is"), "messages/en.yaml:23: a NUL character"),
    ("messages/en.yaml", put("Nothing is", "Nothing \x07is"), "messages/en.yaml:23: a control character"),
    ("programme.yaml", put("Village Voices", "V" * 5_100_000), "programme.yaml: the file is larger than 5 MB"),
    ("programme.yaml", put("name: Village", "\tname: Village"), "programme.yaml:2: not YAML"),
    ("programme.yaml", whole("[" * 5000), "programme.yaml:1: not YAML"),
    ("programme.yaml", put("country:", "---\ncountry:"), "programme.yaml:5: not YAML"),
    ("programme.yaml", put("Village Voices", "!!python/name:os.system ''"), "programme.yaml:2: not YAML"),
    ("programme.yaml", put("Village Voices", "V" * 300), "programme.yaml:2: name: must have at most 200"),
    (
        "programme.yaml",
        put("country: KE", "country: KE\ncountry: UG"),
        "programme.yaml:6: country: this key stands twice",
    ),
    # Numbers and words.
    ("programme.yaml", put("days: 365", "days: 9" + "9" * 5000), "programme.yaml:1: not YAML that can be read"),
    ("programme.yaml", put("days: 365", "days: 365.5"), "retention_days: must be a whole number"),
    ("programme.yaml", put("days: 365", "days: 6:05"), "retention_days: must be a whole number"),
    ("programme.yaml", put("cell: 5", "cell: true"), "small_cell: must be a whole number"),
    ("programme.yaml", put("cell: 5", "cell: -5"), "small_cell: must be greater than"),
    ("programme.yaml", put('"1195"', "1195"), "helpline: must be text; put it in quotes"),
    ("programme.yaml", put("country: KE", "country: UK"), "programme.yaml:5: country: must be the two capital letters"),
    ("programme.yaml", put(", sw: Mchuuzi", ""), "choices.1.label: write it also in sw"),
    ("programme.yaml", put("{en: Vendor, sw: Mchuuzi}", "{}"), "choices.1.label: write it also in en, sw"),
    ("programme.yaml", put("code: vendor", "code: tenant"), "questions.group.choices: tenant stands twice"),
    ("categories.yaml", whole("categories: []"), "categories.yaml:1: categories: write at least one"),
    ("categories.yaml", put("code: water", "code: 2026-01-01"), "categories.yaml:2: 2026-01-01.code: must be"),
    ("areas.csv", put("20000,10100", "9" * 5000 + ",1"), "areas.csv:3: population: must be a whole number"),
    ("areas.csv", put("20000,10100", "20000,30000"), "areas.csv:3: population_women: is more than the population"),
    ("officials.csv", put("baraka@", "Amina@"), "officials.csv:3: email: amina@example.org stands twice"),
    # Degrees.
    ("places.csv", put(PLACE, "nan,36.7830"), "places.csv:2: latitude: must be a number"),
    ("places.csv", put(PLACE, "0,0"), "places.csv:2: latitude: 0, 0 lies in the sea"),
    ("places.csv", put(PLACE, "-1.3130,-36.7830"), "places.csv:2: latitude: seems to lack its minus sign"),
    (
        GEO,
        boundary("upper", ring=[pair[::-1] for pair in RING]),
        "areas.geojson: upper: latitude and longitude seem swapped",
    ),
    (GEO, boundary("upper", "upper"), "areas.geojson: upper: stands twice"),
    (GEO, boundary("elsewhere"), "areas.geojson: properties.code: no feature has the code of an area"),
    (GEO, boundary("upper", ring=["north of the river"]), "areas.geojson: upper: has no shape that can be read"),
    (GEO, whole("[" * 100_000), "areas.geojson:1: not JSON"),
    (
        "places.csv",
        put(PLACE, "-1,3130,36.7830"),
        "where the first line has 6; put cells with commas in quotes, and write",
    ),
    ("officials.csv", put(",monday,8", ",monday,08:00"), "hour: must be a whole hour, 0 to 23, such as 8"),
    (
        "categories.yaml",
        put("    kind:", "\t    kind:"),
        "not YAML: found character '\\t' that cannot start any token; indent with",
    ),
    (
        "categories.yaml",
        put("label: {en: Water, sw: Maji}", "label: Water"),
        "label: must be keys and values, such as {en: …}",
    ),
    # What we send and hear.
    ("messages/en.yaml", put(STATUS, "{reference!x}: {state}"), "texts.status: a brace is not closed, or holds more"),
    ("messages/en.yaml", put(STATUS, "{reference:>99999999999}: {state}"), "texts.status: a brace is not closed, or"),
    ("messages/en.yaml", put(STATUS, "{reference.__class__}: {state}"), "texts.status: must have {reference}, {state}"),
    ("messages/en.yaml", put("Nothing is erased.", f"Nothing — {'x' * 70}"), "only 70 characters fit because of —"),
    ("messages/en.yaml", put("start: [start]", "start: []"), "commands.start: has no word"),
    ("messages/en.yaml", put("start: [start]", "start: ['...']"), "commands.start: ... has no letter"),
    ("messages/en.yaml", put("start: [start]", "start: ['stop!']"), "commands.start: stop! is also a word for stop"),
    (
        "messages/sw.yaml",
        put("start: [", "start: [Stop, "),
        "messages/sw.yaml:35: commands.start: Stop is also a word for",
    ),
    ("messages/sw.yaml", put("language: [", "language: [english, "), "english is also a word for language en; keep"),
    ("digests/en.yaml", put("subject:", "subjects:"), "digests/en.yaml:1: subject: is missing"),
    ("digests/en.yaml", put("subject:", "foo: bar\nsubject:"), "foo: is not known"),
    ("digests/en.yaml", put('"{first} to', '"{first:d} to'), "span: must have these slots: {first}, {last}"),
    # The ways in.
    ("channels.yaml", whole("channels: []"), "channels.yaml:1: channels: write at least one"),
    ("channels.yaml", put(', from_number: "+254700000000"', ""), "sms.settings.from_number: is missing"),
    ("channels.yaml", put('"+254700000000"', "[1, 2]"), "sms.settings.from_number: is empty"),
    ("channels.yaml", put("$VILLAGE_TWILIO_AUTH_TOKEN", "$"), "sms.settings.auth_token: is empty"),
]


@pytest.mark.parametrize(("file", "change", "said"), HOSTILE, ids=[said for _, _, said in HOSTILE])
def test_a_hostile_file_is_named(answerable: Run, village: Path, file: str, change: Change, said: str) -> None:
    path = village / file
    path.write_bytes(change(path.read_bytes() if path.exists() else b""))
    result = answerable("check", village)
    assert result.exit_code == 1 and isinstance(result.exception, SystemExit)
    assert any(said in line for line in result.output.splitlines()), result.output


@pytest.mark.parametrize("called", ["messages/en.yml", "messages/en.yaml.txt"])
def test_a_file_with_another_ending_is_to_be_renamed(answerable: Run, village: Path, called: str) -> None:
    (village / "messages" / "en.yaml").rename(village / called)
    assert f"messages/en.yaml: the file is missing; {called} is there: rename it" in answerable("check", village).output


def test_numbers_and_times_are_what_they_look_like(answerable: Run, village: Path) -> None:
    path = village / "programme.yaml"
    text = path.read_text("utf-8").replace("days: 365", "days: 0365").replace('"1195"', "0800")
    path.write_text(f"{text}\nquiet_hours: {{from: 21:00, to: 07:00}}\n", "utf-8")
    assert answerable("check", village).exit_code == 0
    rules = load(village).rules
    assert (rules.retention_days, rules.helpline) == (365, "0800")
    assert rules.quiet_hours is not None and rules.quiet_hours.start.hour == 21


@pytest.mark.parametrize("zone", ["Africa/Accra", "Africa/Lusaka", "Asia/Kathmandu"])
def test_swapped_degrees_are_told_in_every_country(answerable: Run, village: Path, zone: str) -> None:
    """Also in one whose clocks are another's: Ghana keeps the time of Abidjan."""
    path = village / "programme.yaml"
    country = {"Africa/Accra": "GH", "Africa/Lusaka": "ZM", "Asia/Kathmandu": "NP"}[zone]
    text = path.read_text("utf-8").replace("Africa/Nairobi", zone).replace("country: KE", f"country: {country}")
    path.write_text(text, "utf-8")
    centre = {"Africa/Accra": "5.6,-0.2", "Africa/Lusaka": "-15.4,28.3", "Asia/Kathmandu": "27.7,85.3"}[zone]
    places = village / "places.csv"
    rows = "name,other_names,latitude,longitude,area,kind\nThe Market,,{},lower,market\n"
    places.write_text(rows.format(centre), "utf-8")
    assert answerable("check", village).exit_code == 0
    places.write_text(rows.format(",".join(reversed(centre.split(",")))), "utf-8")
    assert "seem swapped" in answerable("check", village).output


def test_one_mistake_is_told_once(answerable: Run, village: Path) -> None:
    areas, officials = village / "areas.csv", village / "officials.csv"
    areas.write_text(areas.read_text("utf-8").replace("ridge,Ridge,,,county", "ridge,Ridge,,county", 1), "utf-8")
    officials.write_text(officials.read_text("utf-8").replace(",en,monday", ",fr,monday", 1), "utf-8")
    assert answerable("check", village).output.splitlines()[0] == "village: 2 faults"
