"""What a programme folder says once it has been read. Field descriptions are in docs/reference/programme-folder.md."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

import nlp.knowledge as knowledge
from nlp.gazetteer.extents import Extent, Wholes, extents, wholes
from service.programme.bounds import bounds_of
from service.programme.sorts import Clock, Cost, Country, EMail, Name, Rate, Whole, Words, Zone
from service.programme.words import words_of

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
Tag = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$")]
ByLanguage = dict[Tag, Words]
QuestionCode = Literal["group", "age_band", "gender", "disability"]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Strict(BaseModel):
    """Refuses unknown keys, so that a misspelt one is not silently ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Organisation(Strict):
    name: Name
    email: EMail
    about: Words


class Choice(Strict):
    code: Code
    label: dict[Tag, Name]


class Question(Strict):
    ask: ByLanguage
    choices: Annotated[list[Choice], Field(min_length=1)]


class QuietHours(Strict):
    """When nobody is texted but in reply to a text just sent. `start` and `end` are on the programme's clock."""

    start: Annotated[Clock, Field(alias="from")]
    end: Annotated[Clock, Field(alias="to")]

    @model_validator(mode="after")
    def _some_hours(self) -> QuietHours:
        if self.start == self.end:
            raise ValueError("from and to must differ; leave quiet_hours out if there are none")
        return self


class Rules(Strict):
    """programme.yaml."""

    code: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
    name: Name
    organisation: Organisation
    languages: Annotated[list[Tag], Field(min_length=1)]
    country: Country
    time_zone: Zone
    review: Literal["all", "uncertain", "none"] = "uncertain"
    release_answers: bool = True
    retention_days: Annotated[Whole, Field(ge=30, le=36500)] = 730
    texts_a_day: Annotated[Whole, Field(ge=5, le=10000)] = 100
    small_cell: Annotated[Whole, Field(ge=1, le=1000)] = 5
    answer_within_days: Annotated[Whole, Field(ge=1, le=365)] = 14
    helpline: str = ""
    emergency: str = ""
    quiet_hours: QuietHours | None = None
    cost_per_segment: Cost | None = None
    consent: ByLanguage
    questions: dict[QuestionCode, Question] = {}


class Category(Strict):
    code: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]{0,62}$")]
    label: dict[Tag, Name]
    kind: knowledge.Kind = "complaint"
    sdg: Annotated[str, StringConstraints(pattern=r"^(1[0-7]|[1-9])\.[0-9a-z]{1,2}$")] | None = None
    urgent: bool = False
    sensitive: knowledge.SensitiveKind | None = None
    answer_within_days: Annotated[Whole, Field(ge=1, le=365)] | None = None
    words: dict[Tag, list[Words]] = {}
    examples: dict[Tag, list[Words]] = {}


class Area(Strict):
    code: Code
    name: Name
    other_names: tuple[str, ...] = ()
    parent: str | None = None
    level: Words
    population: int | None = None
    populations: Mapping[str, int] = {}
    """By group, from the population_<group> columns."""


class Place(Strict):
    name: Name
    other_names: tuple[str, ...] = ()
    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    area: str
    kind: Words


class Official(Strict):
    name: Name
    email: EMail
    office: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20)]
    areas: tuple[str, ...]
    """Codes; ("*",) is all."""
    categories: tuple[str, ...]
    """Codes; ("*",) is all."""
    language: Tag
    weekday: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    hour: Annotated[Whole, Field(ge=0, le=23)]


class Messages(Strict):
    """messages/<language>.yaml."""

    texts: dict[str, Words]
    commands: dict[str, list[Words]]
    signs: dict[str, list[Words]]
    states: dict[str, Words]
    ussd: dict[str, Words] = {}
    """The screens of the USSD menu; empty for a language that has none."""


class TemplateEntry(Strict):
    """An approved wording: its name and language at the provider, and which slots fill its numbered places."""

    name: Words
    language: Words
    values: tuple[Words, ...] = ()


class ChannelEntry(Strict):
    name: Code
    type: Words
    settings: dict[str, Any] = {}
    rate: Rate | None = None
    """Texts a second the provider lets through."""
    templates: dict[str, dict[Tag, TemplateEntry]] = {}
    """By key of the text and language of ours."""


class Programme(BaseModel):
    """A whole folder."""

    model_config = ConfigDict(frozen=True, ignored_types=(cached_property,))

    rules: Rules
    categories: tuple[Category, ...]
    areas: tuple[Area, ...]
    places: tuple[Place, ...]
    officials: tuple[Official, ...]
    messages: Mapping[str, Messages]
    digests: Mapping[str, Mapping[str, str]]
    """The phrases of digest and answer page, by language."""
    channels: tuple[ChannelEntry, ...]
    boundaries: dict[str, Any] | None = None
    """areas.geojson as it is."""

    @property
    def code(self) -> str:
        return self.rules.code

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.rules.time_zone)

    @cached_property
    def category_by_code(self) -> Mapping[str, Category]:
        return {category.code: category for category in self.categories}

    @cached_property
    def area_by_code(self) -> Mapping[str, Area]:
        return {area.code: area for area in self.areas}

    @cached_property
    def within(self) -> Mapping[str, frozenset[str]]:
        """By area code: itself and every area below it."""
        below: dict[str, set[str]] = {area.code: {area.code} for area in self.areas}
        for area in self.areas:
            parent = area.parent
            while parent is not None:
                below[parent].add(area.code)
                parent = self.area_by_code[parent].parent
        return {code: frozenset(codes) for code, codes in below.items()}

    @cached_property
    def spoken(self) -> Mapping[str, Mapping[str, frozenset[str]]]:
        """By language and command: the phrases for it, as their words are compared."""
        return {
            tag: {name: frozenset(" ".join(words_of(phrase)) for phrase in phrases) for name, phrases in said.items()}
            for tag, said in ((tag, spoken.commands) for tag, spoken in self.messages.items())
        }

    @cached_property
    def _signs(self) -> Mapping[str, frozenset[str]]:
        names = {name for spoken in self.messages.values() for name in spoken.signs}
        return {
            name: frozenset(
                " ".join("*" if word == "*" else " ".join(words_of(word)) for word in phrase.split())
                for spoken in self.messages.values()
                for phrase in spoken.signs.get(name, ())
            )
            for name in names
        }

    def signs(self, name: str) -> frozenset[str]:
        """Phrases that mark a text, such as follow_up, in every language; * stands for any one word."""
        return self._signs.get(name, frozenset())

    @cached_property
    def names(self) -> frozenset[str]:
        """What stands for something here: every command, answer and polite word, every name of a place or area."""
        named: tuple[Place | Area, ...] = (*self.places, *self.areas)
        places = (" ".join(words_of(name)) for entry in named for name in (entry.name, *entry.other_names))
        spoken = (phrase for said in self.spoken.values() for phrases in said.values() for phrase in phrases)
        return frozenset((*places, *spoken))

    def areas_of(self, official: Official) -> frozenset[str]:
        """Every area an official answers for, those below included."""
        if "*" in official.areas:
            return frozenset(self.area_by_code)
        return frozenset().union(*(self.within[code] for code in official.areas))

    def categories_of(self, official: Official) -> frozenset[str]:
        """Every category an official answers for. Sensitive ones never reach an official."""
        open_codes = {category.code for category in self.categories if category.sensitive is None}
        return frozenset(open_codes if "*" in official.categories else open_codes & set(official.categories))

    def entry_of(self, channel: str) -> ChannelEntry | None:
        """What channels.yaml says of a channel, named as <programme>/<name>; None if it is no more in there."""
        return next((entry for entry in self.channels if f"{self.code}/{entry.name}" == channel), None)

    def label(self, category: str, language: str) -> str:
        """A category's name in a language, or in the programme's first; the code if the category is gone."""
        found = self.category_by_code.get(category)
        return category if found is None else pick(found.label, language, self.rules.languages)

    def area_name(self, code: str) -> str:
        """An area's name; the code if the area is gone."""
        return self.area_by_code[code].name if code in self.area_by_code else code

    @cached_property
    def knowledge(self) -> knowledge.Knowledge:
        """What the NLP is told."""
        bounds = bounds_of(self.boundaries)
        return knowledge.Knowledge(
            programme=self.code,
            languages=tuple(self.rules.languages),
            country=self.rules.country,
            categories=tuple(
                knowledge.Category(
                    code=entry.code,
                    kind=entry.kind,
                    urgent=entry.urgent,
                    sensitive=entry.sensitive,
                    words={tag: tuple(words) for tag, words in entry.words.items()},
                    examples={tag: tuple(texts) for tag, texts in entry.examples.items()},
                )
                for entry in self.categories
            ),
            areas=tuple(
                knowledge.Area(a.code, a.name, a.other_names, a.parent, a.level, a.population, bounds.get(a.code))
                for a in self.areas
            ),
            places=tuple(
                knowledge.Place(p.name, p.latitude, p.longitude, p.other_names, p.area, p.kind) for p in self.places
            ),
        )

    @cached_property
    def extents(self) -> Mapping[str, Extent]:
        return extents(self.knowledge)

    @cached_property
    def wholes(self) -> Wholes:
        return wholes(self.knowledge)


def pick(by_language: Mapping[str, str], language: str | None, languages: list[str]) -> str:
    """The wording in a language; else in its base language, else in the first of `languages` that has one."""
    for tag in (language or "", (language or "").split("-")[0], *languages):
        if tag in by_language:
            return by_language[tag]
    return next(iter(by_language.values()))
