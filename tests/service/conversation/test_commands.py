"""The grammar of commands, as cases in every language of the shipped programmes; and what commands do."""

from __future__ import annotations

import json
import shutil
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from service import commands
from service.conversation.reading import needs_analysis
from service.programme import Programme, load
from tests.service.conversation.talking import Talk

CASES = Path(__file__).parents[1] / "cases" / "commands.jsonl"
PROGRAMMES = Path(__file__).parents[3] / "programmes"
VILLAGE = Path(__file__).parents[2] / "village"
LANGUAGES = {"en", "sw", "hi", "hi-Latn"}


@cache
def programme_of(code: str) -> Programme:
    return load(PROGRAMMES / code)


@cache
def cases() -> list[dict[str, Any]]:
    return [json.loads(line) for line in CASES.read_text("utf-8").splitlines()]


def meaning(programme: Programme, text: str) -> str | None:
    """As `conversation.commanding` asks for it."""
    named = commands.command(programme, text)
    if named is not None:
        return named
    tag = commands.language(programme, text)
    if tag is not None:
        return f"language:{tag}"
    slipped = commands.slip(programme, text)
    return "almost:stop" if slipped == "stop" else slipped


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_the_grammar_of_commands(language: str) -> None:
    wrong = [
        (case["text"], case["means"], meant)
        for case in cases()
        if case["language"] == language
        and (meant := meaning(programme_of(case["programme"]), case["text"])) != case["means"]
    ]
    assert wrong == []


def test_every_language_has_cases_for_and_against() -> None:
    found: dict[str, set[bool]] = defaultdict(set)
    for case in cases():
        found[case["language"]].add(case["means"] is not None)
    assert found == {language: {True, False} for language in LANGUAGES}


@pytest.mark.parametrize("code", ["nairobi", "bihar"])
def test_every_word_of_a_programme_commands_what_it_says(code: str) -> None:
    programme = programme_of(code)
    for spoken in programme.messages.values():
        for name in commands.OPENING:
            for phrase in spoken.commands[name]:
                assert commands.command(programme, phrase) == name, phrase


@pytest.mark.parametrize("code", ["nairobi", "bihar"])
def test_no_name_of_a_place_is_a_command(code: str) -> None:
    programme = programme_of(code)
    for place in (*programme.places, *programme.areas):
        for name in (place.name, *place.other_names):
            assert meaning(programme, name) is None, name


@pytest.mark.parametrize(
    ("text", "number"),
    [("2", 2), ("2.", 2), ("(२)", 2), ("2️⃣", 2), ("２", 2), (" 0 ", 0), ("2 3", None), ("two", None), ("123", None)],
)
def test_numbers(text: str, number: int | None) -> None:
    assert commands.number(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2", 2),
        ("2 please", 2),
        ("Asante, २", 2),
        ("2\n--\nJane", 2),
        ("2 Thanks!", 2),
        ("2 goats", None),
        ("thanks", None),
    ],
)
def test_a_number_is_chosen_politely(programme: Programme, text: str, number: int | None) -> None:
    assert commands.chosen(programme, text) == number
    assert needs_analysis(programme, text) == (text == "2 goats")


async def test_almost_stop_is_told_the_word_and_stops_nobody(talk: Talk) -> None:
    (message,) = await talk.send("STPO")
    assert (message.purpose, message.cause) == ("command", "almost the word for stop: told the word")
    assert await talk.town.replies() == ["To get no more texts, text STOP."]
    assert (await talk.town.reporter()).stopped_at is None
    talk.wait(60)
    await talk.send("STOP")
    assert (await talk.town.reporter()).stopped_at is not None
    talk.wait(60)
    await talk.send("stoop")
    assert len(await talk.town.replies()) == 2


async def test_the_language_they_choose_outlives_what_they_write_in(talk: Talk) -> None:
    await talk.send("Kiswahili")
    assert (await talk.town.replies())[-1] == "Kuanzia sasa tunakuandikia kwa Kiswahili."
    talk.wait(60)
    await talk.send("No water in Gatwekera")
    assert (await talk.town.replies())[-1].startswith("Asante. Ripoti yako")
    assert (await talk.town.reporter()).language == "sw"
    talk.wait(60)
    await talk.send("ENGLISH")
    talk.wait(60)
    await talk.send("STATUS")
    assert (await talk.town.replies())[-1].endswith(": read")


async def test_privacy_is_told_once_by_itself_and_whenever_asked(talk: Talk) -> None:
    await talk.send("HELP")
    assert await talk.town.replies("privacy") == []
    talk.wait(60)
    await talk.send("No water in Gatwekera")
    assert len(await talk.town.replies("privacy")) == 1
    assert (await talk.town.reporter()).informed_at == talk.town.now
    talk.wait(60)
    await talk.send("The road in Soko is bad")
    assert len(await talk.town.replies("privacy")) == 1
    talk.wait(60)
    await talk.send("privacy")
    assert len(await talk.town.replies("privacy")) == 2
    talk.wait(60)
    await talk.send("My husband beats me", sender="baraka")
    assert len(await talk.town.replies("privacy")) == 2, "no second text after a sensitive account"


def test_what_asks_for_a_language_needs_no_analysis(programme: Programme) -> None:
    assert not needs_analysis(programme, "Kiswahili")
    assert not needs_analysis(programme, "SKIP")
    assert needs_analysis(programme, "Soko")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "STOP\n--\nJane, Kayaba",
            "Stop\n\nSent from my iPhone",
            "Acha\nImetumwa kutoka simu yangu",
            "STOP\n—\n\nJane",
        ),
        "STOP\n\nOn Mon, 23 Nov, Village Voices wrote:\n> Thank you. Your report is K7-4QF.\n>\n> HELP for help.",
    ],
)
async def test_a_signature_hides_no_stop(talk: Talk, text: str) -> None:
    (message,) = await talk.send(text)
    assert (message.purpose, message.cause) == ("command", "the word for stop")
    assert (await talk.town.reporter()).stopped_at is not None


@pytest.mark.parametrize(
    "text",
    ["STOP\nthe bill is unfair", "STOP 12345", "No water\n--\nSTOP", "No water:\n> STOP", "STOP\n--\na\nb\nc\nd\ne"],
)
async def test_what_is_said_under_a_stop_is_no_signature(talk: Talk, text: str) -> None:
    (message,) = await talk.send(text)
    assert message.purpose == "account"


def test_a_programme_need_not_list_what_stands_beside_a_stop(tmp_path: Path) -> None:
    village = tmp_path / "village"
    shutil.copytree(VILLAGE, village)
    for path in (village / "messages").iterdir():
        lines = path.read_text("utf-8").splitlines(keepends=True)
        path.write_text(
            "".join(line for line in lines if "our_texts:" not in line and "signature:" not in line), "utf-8"
        )
    bare = load(village)
    assert commands.command(bare, "STOP\n--\nJane") == "stop"
    assert commands.command(bare, "stop these messages") is None
    assert commands.command(load(VILLAGE), "stop these messages") == "stop"
