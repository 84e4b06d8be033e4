"""The words of digest and answer page in an official's language, with dates and cells said in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from service.programme import Programme
from service.programme.schema import pick


@dataclass(frozen=True)
class Phrases:
    """The phrases of one language. `say` fills the slots of a phrase."""

    programme: Programme
    language: str

    def say(self, key: str, /, **slots: object) -> str:
        return self.programme.digests[self.language][key].format_map(slots)

    def date(self, iso: str) -> str:
        """9 November 2026, from 2026-11-09."""
        day = date.fromisoformat(iso)
        return f"{day.day} {self.say('months').split('|')[day.month - 1]} {day.year}"

    def days(self, count: int) -> str:
        return self.say("day_one") if count == 1 else self.say("day_many", count=count)

    def subject(self, category: Mapping[str, Any] | None) -> str:
        """A category's name, from a digest's content."""
        if category is None or category["code"] == "":
            return self.say("nothing")
        labels: Mapping[str, str] = category["label"]
        return pick(labels, self.language, self.programme.rules.languages) if labels else str(category["code"])

    def area(self, area: Mapping[str, Any] | None) -> str:
        return str(area["name"]) if area and area["name"] else self.say("everywhere")

    def share(self, name: str, share: Mapping[str, Any] | None) -> str:
        """The sentence for a share, such as located or reviewed; empty where too few people.

        No line ends between number and sign, whatever blank the one who wrote the phrase could type.
        """
        said = "" if share is None else self.say(f"{name}_{share['kind']}", percent=share["percent"])
        return said.replace(" %", "\u00a0%")


def number(value: float) -> str:
    """A number as people write it: 3, 0.8, 12.5."""
    return f"{value:.1f}".removesuffix(".0")
