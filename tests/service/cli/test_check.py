"""A broken folder is refused with file, line, field and remedy, all at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.service.cli.conftest import Run


def test_a_good_folder_is_in_order(answerable: Run, village: Path) -> None:
    result = answerable("check", village)
    assert (result.exit_code, result.output.startswith("village is in order: 5 categories")) == (0, True), result.output


def test_byte_order_mark_and_windows_line_ends_are_taken(answerable: Run, village: Path) -> None:
    for path in village.rglob("*.*"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    result = answerable("check", village)
    assert result.exit_code == 0, result.output


def test_an_area_without_a_place_in_it_is_named(answerable: Run, village: Path) -> None:
    path = village / "areas.csv"
    path.write_text(path.read_text("utf-8") + "far,Far Ward,,ridge,ward,900,400\n", "utf-8")
    result = answerable("check", village)
    assert result.exit_code == 0
    assert "areas.csv: far: no place of places.csv lies in it" in result.output
    assert "who names Far Ward is placed in all of Ridge" in result.output
    assert "upper: no place" not in result.output


def test_a_programme_without_officials_is_told_that_nobody_gets_a_digest(answerable: Run, village: Path) -> None:
    assert "officials.csv" not in answerable("check", village).output
    path = village / "officials.csv"
    path.write_text(path.read_text("utf-8").splitlines()[0] + "\n", "utf-8")
    result = answerable("check", village)
    assert result.exit_code == 0, result.output
    assert "officials.csv: there is nobody in it, so nobody gets a digest or answers." in result.output


def test_texts_that_were_copied_and_not_translated_are_named(answerable: Run, village: Path) -> None:
    assert "messages/" not in answerable("check", village).output
    english, swahili = (village / "messages" / f"{tag}.yaml" for tag in ("en", "sw"))
    spoken = [yaml.safe_load(path.read_text("utf-8")) for path in (english, swahili)]
    # Short ones may be the same, and slots are no words.
    spoken[1]["texts"] |= {key: spoken[0]["texts"][key] for key in ("help", "profile_ask", "forgotten")}
    swahili.write_text(yaml.safe_dump(spoken[1], allow_unicode=True), "utf-8")
    result = answerable("check", village)
    assert result.exit_code == 0, result.output
    said = "messages/sw.yaml: texts.help, texts.forgotten: word for word as in messages/en.yaml. Translate what was copied."
    assert said in result.output
    spoken[1]["texts"] = spoken[0]["texts"]
    swahili.write_text(yaml.safe_dump(spoken[1], allow_unicode=True), "utf-8")
    assert re.search(
        r"messages/sw.yaml: texts.\w+, texts.\w+, texts.\w+ and \d+ more: word", answerable("check", village).output
    )


WEB = "- {name: web, type: webchat}"
TEMPLATE = "- {{name: wa, type: whatsapp, templates: {{{}}}}}\n  " + WEB.replace("{", "{{").replace("}", "}}")
BREAKS = [
    ("areas.csv", "ridge,Ridge,,,", "ridge,Ridge,,lower,", "areas.csv:2: parent", "circle"),
    ("areas.csv", "upper,Upper", "lower,Upper", "areas.csv:4: code", "stands twice"),
    ("areas.csv", "20000,10100", "many,10100", "areas.csv:3: population", "whole number"),
    ("areas.csv", ",ridge,ward,30000", ",moon,ward,30000", "areas.csv:4: parent", "moon is no code"),
    ("places.csv", "-1.3130,36.7830", "36.7830,-1.3130", "places.csv:2: latitude", "swapped"),
    ("places.csv", "-1.3130,36.7830", "north,36.7830", "places.csv:2: latitude", "number"),
    ("places.csv", "name,other", "nam,other", "places.csv:1: name", "missing"),
    ("places.csv", "Olympic,-1.3145", '"Olympic,-1.3145', "places.csv:", "CSV"),
    ("places.csv", "Kosovo,Kossovo", '"Kosovo,Kossovo', "places.csv:3: not CSV", "quotation mark"),
    (
        "places.csv",
        "Kosovo,Kossovo,-1.2600,36.8560,lower,village\nMabatini,Mabati",
        '"Kosovo,Kossovo,-1.2600,36.8560,lower,village\nMabatini",Mabati',
        "places.csv:3: not CSV: a cell goes on over several lines",
        "quotation mark",
    ),
    ("officials.csv", "amina@example.org", "amina", "officials.csv:2: email", "e-mail"),
    ("officials.csv", ",upper,*", ",uper,*", "officials.csv:2: areas", "uper is no code"),
    ("officials.csv", "monday,0\nBaraka", "monday,25\nBaraka", "officials.csv:2: hour", "23"),
    ("programme.yaml", "country: KE", "country: Kenya", "programme.yaml:5: country", "capital letters"),
    ("programme.yaml", "Africa/Nairobi", "Africa/Nowhere", "programme.yaml:6: time_zone", "Africa/Nairobi"),
    ("programme.yaml", "review:", "reveiw:", "programme.yaml:7: reveiw", "spelling"),
    ("programme.yaml", "code: village", "code: town", "programme.yaml:1: code", "folder's name, village"),
    (
        "programme.yaml",
        "helpline:",
        "quiet_hours: {from: 9 pm, to: '07:00'}\nhelpline:",
        "12: quiet_hours.from",
        '"21:00"',
    ),
    (
        "programme.yaml",
        "helpline:",
        "quiet_hours: {from: '21:00', to: '21:00'}\nhelpline:",
        "12: quiet_hours",
        "differ",
    ),
    ("programme.yaml", "helpline:", "cost_per_segment: {amount: 1, currency: Bob}\nhelpline:", "currency", "ISO 4217"),
    (
        "programme.yaml",
        "helpline:",
        "cost_per_segment: {amount: 0, currency: KES}\nhelpline:",
        "amount",
        "greater than 0",
    ),
    ("categories.yaml", "code: roads", "code: water", "categories.yaml:", "water stands twice"),
    ("categories.yaml", 'sdg: "6.1"', 'sdg: "66"', "categories.yaml:5: water.sdg", "SDG target"),
    ("categories.yaml", "sw: Barabara}", "xx: Barabara}", "roads.label", "write it also in sw"),
    ("categories.yaml", "categories:", "x: &a [*a, *a]\ncategories:", "categories.yaml:1", "written out"),
    ("channels.yaml", "type: webchat", "type: pigeon", "web.type", "pigeon is no channel"),
    ("channels.yaml", "$VILLAGE_TWILIO_AUTH_TOKEN", "hunter2", "sms.settings.auth_token", "$TWILIO_AUTH_TOKEN"),
    ("channels.yaml", "name: sms", "name: sms\n    rate: fast", "channels.yaml:4: sms.rate", "1/s"),
    (
        "channels.yaml",
        WEB,
        TEMPLATE.format("answerd: {en: {name: a, language: en}}"),
        "wa.templates.answerd",
        "no text we send",
    ),
    (
        "channels.yaml",
        WEB,
        TEMPLATE.format("help: {fr: {name: a, language: fr}}"),
        "wa.templates.help.fr",
        "no language",
    ),
    (
        "channels.yaml",
        WEB,
        TEMPLATE.format("help: {en: {name: a, language: en, values: [office]}}"),
        "values",
        "no slot",
    ),
    ("channels.yaml", WEB, TEMPLATE.format("help: {en: {name: a}}"), "wa.templates.help.en.language", "missing"),
    (
        "channels.yaml",
        WEB,
        TEMPLATE.format("help: {en: {name: a, language: en}}").replace("whatsapp", "telegram"),
        "wa.templates.help",
        "needs no templates",
    ),
    ("messages/en.yaml", "{reference}: {state}", "{reference}", "messages/en.yaml:17: texts.status", "{state}"),
    ("messages/en.yaml", "Your words and number are erased.", "x" * 161, "texts.forgotten", "one SMS segment"),
    ("messages/en.yaml", "  receipt:", "  recept:", "texts.receipt", "missing"),
    ("messages/en.yaml", "start: [start]", "start: [start, stop]", "commands.start", "keep one"),
    ("messages/en.yaml", "texts:", "texts", "messages/en.yaml:", "YAML"),
]


@pytest.mark.parametrize(("file", "good", "bad", "where", "remedy"), BREAKS, ids=[f"{b[0]} {b[4]}" for b in BREAKS])
def test_a_fault_names_file_line_field_and_remedy(
    answerable: Run, village: Path, file: str, good: str, bad: str, where: str, remedy: str
) -> None:
    path = village / file
    text = path.read_text("utf-8")
    assert good in text
    path.write_text(text.replace(good, bad, 1), "utf-8")
    result = answerable("check", village)
    assert result.exit_code == 1
    lines = [line for line in result.output.splitlines() if where in line]
    assert any(remedy in line for line in lines), result.output


@pytest.mark.parametrize("type", ["whatsapp", "messenger", "twilio"])
def test_a_channel_whose_provider_asks_for_approved_wordings_may_have_them(
    answerable: Run, village: Path, type: str
) -> None:
    path, entry = village / "channels.yaml", TEMPLATE.format("help: {en: {name: a, language: en}}")
    path.write_text(path.read_text("utf-8").replace(WEB, entry.replace("whatsapp", type), 1), "utf-8")
    assert "wa.templates" not in answerable("check", village).output


def test_a_wrong_encoding_names_the_line(answerable: Run, village: Path) -> None:
    path = village / "places.csv"
    path.write_bytes(path.read_bytes().replace(b"Kossovo", "Kossövo".encode("latin-1")))
    assert "places.csv:3: this line is not UTF-8" in answerable("check", village).output


def test_all_faults_come_at_once(answerable: Run, village: Path) -> None:
    (village / "officials.csv").unlink()
    for file, good, bad, _, _ in BREAKS[:3]:
        path = village / file
        path.write_text(path.read_text("utf-8").replace(good, bad, 1), "utf-8")
    output = answerable("check", village).output
    assert "officials.csv: the file is missing" in output
    assert output.count("areas.csv:") >= 2


def test_a_secret_written_into_the_file_is_not_shown(answerable: Run, village: Path) -> None:
    path = village / "channels.yaml"
    path.write_text(path.read_text("utf-8").replace("$VILLAGE_TWILIO_AUTH_TOKEN", "hunter2"), "utf-8")
    assert "hunter2" not in answerable("check", village).output
