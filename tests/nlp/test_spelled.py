"""Numbers in words, and addresses as they are said; with words of digits that count something."""

from __future__ import annotations

import pytest

from nlp.knowledge import Knowledge
from nlp.redacting import redactor_for

KENYA = redactor_for(Knowledge(languages=("en", "sw"), country="KE"))
INDIA = redactor_for(Knowledge(languages=("hi", "hi-Latn"), country="IN"))
HAITI = redactor_for(Knowledge(languages=("fr", "ht"), country="HT"))


@pytest.mark.parametrize(
    "text",
    [
        "my line is zero seven one one, five five five, zero one eight",
        "reach me: oh seven double one triple five 018",
        "Double seven three four five six seven",
        "oh seventy one, fifty five, fifty oh one eight, six",
        "nipate kwa sifuri saba moja moja tano tano tano sifuri moja nane",
    ],
)
def test_a_number_in_words_is_masked(text: str) -> None:
    assert "[phone]" in KENYA.redact(text)


def test_it_is_masked_whole() -> None:
    assert KENYA.redact("ask double one, zero five five five zero one please") == "ask [phone] please"
    assert KENYA.redact("zero seven one one five five five zero one eight.") == "[phone]."


@pytest.mark.parametrize(
    "text",
    [
        "मेरा नंबर नौ आठ सात छह पांच चार तीन दो एक शून्य",
        "number hai nau aath saat chhah paanch char teen do ek shunya",
    ],
)
def test_in_hindi_too(text: str) -> None:
    assert "[phone]" in INDIA.redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "mon numéro: trente-sept douze trente-quatre cinquante-six",
        "trois sept un deux quatre cinq six sept, merci",
        "rele m: twa sèt en de kat senk sis sèt",
    ],
)
def test_in_french_and_kreyol(text: str) -> None:
    assert "[phone]" in HAITI.redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "one two three four five six seven eight, we count the days",
        "ten, twenty, thirty, forty people came",
        "two or three of four toilets, five days, six weeks, seven months",
        "seven of nine taps are dry and one of two tanks leaks",
        "watoto watatu wa miaka mbili tatu nne",
        "trouble, double trouble",
    ],
)
def test_what_is_counted_stays(text: str) -> None:
    assert KENYA.redact(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("write to jane.doe at example dot com", "write to [email]"),
        ("write to jane dot doe at example dot org please", "write to [email] please"),
        ("jane . doe @ example . com", "[email]"),
        ("mail ramesh at the rate gmail.com", "mail [email]"),
        ("no water. jane@example.com", "no water. [email]"),
        ("we looked at example.com", "we looked at [link]"),
        ("meet at church . in the morning", "meet at church . in the morning"),
    ],
)
def test_an_address_as_it_is_said(text: str, masked: str) -> None:
    assert KENYA.redact(text) == masked


def test_the_number_of_a_thing_is_nobodys() -> None:
    for text in (
        "case number 2025-118",
        "reference no 445566 was never answered",
        "my plot number 123456 is flooded",
        "the number of people is 150000",
        "nambari ya kesi 778899",
    ):
        assert KENYA.redact(text) == text
    assert KENYA.redact("reference, call 0711555018") == "reference, call [phone]"
    assert KENYA.redact("case number 0711555018") == "case number [phone]"


def test_a_car_of_the_government_has_a_plate() -> None:
    assert KENYA.redact("GKB 234C sped past") == "[plate] sped past"
