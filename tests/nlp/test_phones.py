"""Phone numbers as people write them are masked, whole; other runs of digits stay."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from nlp.redacting import Redactor

SPOKEN = {"HT": ("ht", "fr", "en"), "KE": ("en", "sw"), "IN": ("hi", "hi-Latn", "en")}
WAYS: dict[str, tuple[Callable[[str], str], ...]] = {
    "HT": (
        lambda n: f"my number is {n}",
        lambda n: f"tel: {n[:4]}-{n[4:]}",
        lambda n: f"tel{n}",
        lambda n: f"509{n} please help",
        lambda n: f"+509 {n[:4]} {n[4:]}",
        lambda n: f"(509) {n[:4]}-{n[4:]}",
        lambda n: f"{n[:2]} {n[2:4]} {n[4:6]} {n[6:]} is my phone",
        lambda n: f"{n[:2]}.{n[2:4]}.{n[4:6]}.{n[6:]}",
        lambda n: f"Nimewo mwen se {n}",
        lambda n: f"rele m nan {n[:4]}-{n[4:]}",
        lambda n: f"contact us at {n[:3]}-{n[3:]}",
        lambda n: f"#{n}",
        lambda n: f"ph {n[:7]}",
        lambda n: f"011509{n}",
        lambda n: f"{n[:4]}-{n[4:]}/{n[::-1]}",
        lambda n: f"SVP rele: {n[:4]}.{n[4:]}",
        lambda n: f"rele m nan {n[:2]}-{n[2:4]}-{n[4:6]}-{n[6:]}",
        lambda n: f"nou nan Leyogàn 011-509-{n[:4]}-{n[4:]} mèsi",
        lambda n: f"Jean 1-305-{n[:3]}-{n[3:7]}",
        lambda n: f"kontak: {n[:6]}...",
    ),
    "KE": (
        lambda n: f"nipigie 07{n}",
        lambda n: f"07{n[:2]} {n[2:5]} {n[5:]}",
        lambda n: f"+2547{n}",
        lambda n: f"2547{n}",
        lambda n: f"simu 07{n[:2]}-{n[2:]}",
        lambda n: f"O7{n} call",
        lambda n: f"07l{n[1:]} call me",
        lambda n: f"call 07{n[:7]}",
        lambda n: f"namba yangu ni 07{n}",
        lambda n: f"maji hakuna 0700_{n[:3]}_{n[3:6]} asante",
        lambda n: f"Otieno 0700*{n[:3]}*{n[3:6]}",
        lambda n: f"0700:{n[:6]}",
        lambda n: f"call me 0700,{n[:3]},{n[3:6]}",
    ),
    "IN": (
        lambda n: f"mera number 98{n}",
        lambda n: f"+91 98{n[:3]} {n[3:]}",
        lambda n: f"9198{n}",
        lambda n: f"98{n[:3]}-{n[3:]}",
        lambda n: f"मोबाइल 98{n}",
        lambda n: f"98{n} par call kare",
        lambda n: f"contact no. 98{n[0]} {n[1:4]} {n[4:]}",
    ),
}
OTHERS = {
    "HT": (
        "300 people at Delmas 33", "Route 9 km 12", "since 12/01/2010", "at 10:30 am", "2,500 families", "2010-01-19",
        "18.5392, -72.3350", "18° 32' 21\" N", "house 14 impasse 3", "100 000 gdes", "population 1200000", "rue 18 #27",
        "camp with 10000 people", "20 000 people without water", "between 1 and 5 years 350 children", "report 2034",
    ),
    "KE": (
        "KES 12000 per month", "Ward 12 plot 345", "ksh 1,500 for 20 litres", "on 26/11/2026 at 14:30", "-1.3123, 36.7891",
        "house number 1456", "class 4 with 96 pupils", "12 000 shillings", "room 12A floor 3", "1,200,000 people",
    ),
    "IN": (
        "Rs 2500 per month", "2023-24 ka paisa", "26.11.2026 se", "25.6123, 85.1432", "ration 35 kilo", "pin code 800001",
        "1,50,000 rupees", "NH 31", "subah 10 baje", "mnrega 100 din ka kaam",
    ),
}  # fmt: skip


def _numbers() -> Iterator[str]:
    """Eight digits each, the first as mobile numbers begin."""
    chance = random.Random(5)
    for _ in range(12):
        yield chance.choice("34") + "".join(chance.choices("0123456789", k=7))


@pytest.mark.parametrize("country", WAYS)
def test_numbers_are_masked_however_they_are_written(country: str) -> None:
    redactor = Redactor(SPOKEN[country], country)
    for number in _numbers():
        for place, way in enumerate(WAYS[country]):
            left = redactor.redact(way(number))
            assert "[phone]" in left, (country, place)
            assert sum(letter.isdigit() for letter in left) == 0, (country, place)


@pytest.mark.parametrize(("country", "text"), [(country, text) for country in OTHERS for text in OTHERS[country]])
def test_other_digits_stay(country: str, text: str) -> None:
    assert Redactor(SPOKEN[country], country).redact(text) == text
