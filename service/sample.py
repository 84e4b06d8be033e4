"""A sample of texts for the demo, made from a programme's written material with its fixed seed. The same every time."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Annotated

from pydantic import Field

from service.names import place_name
from service.programme import BrokenProgramme, Place, Programme
from service.programme.faults import Fault
from service.programme.files import Reader
from service.programme.schema import Strict, Tag
from service.programme.sorts import Words
from service.programme.texts import slots

WEEKS = 12
ATTEMPTS = 40
FILE = "sample.yaml"
CHANNELS = {"sms": 5, "whatsapp": 3, "telegram": 1, "web": 1}
"""How often each way in is used, by the channel's name in channels.yaml; those a programme lacks are left out."""


class Theme(Strict):
    weight: Annotated[float, Field(gt=0)]
    texts: dict[Tag, Annotated[list[Words], Field(min_length=1)]]


class Material(Strict):
    """sample.yaml, as docs/reference/programme-folder.md has it."""

    seed: int
    texts: Annotated[int, Field(ge=1, le=100_000)]
    reporters: Annotated[int, Field(ge=1, le=100_000)]
    homes: list[Words] = []
    """Kinds of places where people live; none means all."""
    openers: dict[Tag, list[str]] = {}
    closers: dict[Tag, list[str]] = {}
    slots: dict[str, list[str] | dict[Tag, list[str]]] = {}
    categories: dict[str, Theme]
    unclear: dict[Tag, list[Words]] = {}
    answers: dict[str, dict[Tag, list[Words]]] = {}


@dataclass(frozen=True)
class SampleText:
    """One text with what its author meant: what the demo's moderator, who knows the material, decides."""

    sender: str
    channel: str
    text: str
    language: str
    at: datetime
    category: str | None
    place: Place | None


def read_material(folder: Path, programme: Programme) -> Material | None:
    """The sample material of a programme's folder, None if it has none. Raises BrokenProgramme."""
    if not (folder / FILE).is_file():
        return None
    reader = Reader(folder)
    material = reader.model(FILE, Material)
    found = reader.faults if material is None else list(_faults(reader, programme, material))
    if material is None or found:
        raise BrokenProgramme(folder, found)
    return material


def _faults(reader: Reader, programme: Programme, material: Material) -> Iterator[Fault]:
    for part, codes in (("categories", material.categories), ("answers", material.answers)):
        for code in codes:
            if code not in programme.category_by_code:
                line = reader.line_of(FILE, (part, code))
                yield Fault(FILE, line, f"{part}.{code}", "is no code in categories.yaml")
    known = {"place", *material.slots}
    for code, theme in material.categories.items():
        for tag, texts in theme.texts.items():
            for index, text in enumerate(texts):
                used = slots(text)
                if used is None or not used <= known:
                    line = reader.line_of(FILE, ("categories", code, "texts", tag, index))
                    yield Fault(FILE, line, f"{code}.{tag}", f"may use these slots: {', '.join(sorted(known))}")


def make_texts(programme: Programme, material: Material, now: datetime) -> list[SampleText]:
    """The texts in order of time, the last one some minutes before `now`. No two say the same."""
    chance = random.Random(material.seed)
    writer = _Writer(programme, material, chance)
    span = timedelta(weeks=WEEKS)
    ages = sorted((chance.random() ** 1.7 for _ in range(material.texts)), reverse=True)
    found = []
    for age in ages:
        written = writer.write(_awake(now - timedelta(minutes=4) - span * age, programme.zone, now))
        if written is not None:
            found.append(written)
    return sorted(found, key=lambda text: text.at)


def _awake(at: datetime, zone: tzinfo, now: datetime) -> datetime:
    """A moment moved out of the night, for people text by day."""
    later = at + timedelta(hours=8) if at.astimezone(zone).hour < 6 else at
    return at if later >= now else later


class _Writer:
    """Fills the material's slots; remembers what it said, and who says it."""

    def __init__(self, programme: Programme, material: Material, chance: random.Random) -> None:
        self._programme = programme
        self._material = material
        self._chance = chance
        self._said: set[str] = set()
        self._themes = [(code, theme.weight) for code, theme in material.categories.items()]
        if material.unclear:
            self._themes.append(("", 0.05 * sum(weight for _, weight in self._themes)))
        ways = {entry.name: CHANNELS[entry.name] for entry in programme.channels if entry.name in CHANNELS}
        languages = programme.rules.languages
        # Some areas have much to say, others are nearly silent.
        self._places = [p for p in programme.places if not material.homes or p.kind in material.homes]
        loud = {area.code: chance.random() ** 4 + 0.01 for area in programme.areas}
        homes = chance.choices(self._places, [loud[place.area] for place in self._places], k=material.reporters)
        self._people = [
            (f"sample-{number}", chance.choices(list(ways), list(ways.values()))[0], chance.choice(languages), home)
            for number, home in enumerate(homes)
        ]
        # A few people text often, most once or twice.
        self._voices = [1 / (1 + number / 20) for number in range(material.reporters)]

    def write(self, at: datetime) -> SampleText | None:
        """One text nobody has said yet; None when the material has nothing new to say in that person's language."""
        for _ in range(ATTEMPTS):
            sender, channel, language, home = self._chance.choices(self._people, self._voices)[0]
            code = self._chance.choices([c for c, _ in self._themes], [w for _, w in self._themes])[0]
            texts = (self._material.categories[code].texts if code else self._material.unclear).get(language)
            if not texts:
                continue
            place = home if self._chance.random() < 0.7 else self._chance.choice(self._places)
            template = self._chance.choice(texts)
            text = self._fill(template, language, place)
            if text.casefold() in self._said:
                continue
            self._said.add(text.casefold())
            named = place if "{place}" in template else None
            return SampleText(sender, f"{self._programme.code}/{channel}", text, language, at, code or None, named)
        return None

    def _fill(self, template: str, language: str, place: Place) -> str:
        values = {name: self._slot(name, language) for name in slots(template) or () if name != "place"}
        body = template.format_map(values | {"place": place_name(self._programme, language, place)})
        opener = self._one(self._material.openers, language)
        closer = self._one(self._material.closers, language)
        return " ".join(part for part in (opener, body, closer) if part)

    def _slot(self, name: str, language: str) -> str:
        choices = self._material.slots[name]
        if isinstance(choices, Mapping):
            choices = choices.get(language) or next(iter(choices.values()))
        return self._chance.choice(choices)

    def _one(self, choices: Mapping[str, Sequence[str]], language: str) -> str:
        return self._chance.choice(choices.get(language) or [""])
