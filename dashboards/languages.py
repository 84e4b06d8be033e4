"""What languages are called on our pages."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from dashboards.phrases import PHONE
from service.programme import Programme

NAMES: Mapping[str, str] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
"""By tag, in English: those the analysis tells apart and no phrases are in."""


def language_name(tag: str, programme: Programme) -> str:
    """The name of a language: as its own phrases have it, or the programme's USSD screens, or in English, or as people ask for
    it, or by its tag.

    "unknown" for what no language could be told of.
    """
    if tag == "und":
        return "unknown"
    if tag in PHONE:
        return PHONE[tag]["name"]
    spoken = programme.messages.get(tag)
    own = spoken.ussd.get("language") if spoken else None
    known = own or NAMES.get(tag) or NAMES.get(tag.partition("-")[0])
    return known or _asked_for(tag, programme) or f"language {tag}"


def own_name(tag: str, programme: Programme) -> str:
    """The name of a language for those who speak it: who looks for Nepali reads नेपाली."""
    spoken = programme.messages.get(tag)
    if tag in PHONE or (spoken and spoken.ussd.get("language")):
        return language_name(tag, programme)
    return _asked_for(tag, programme) or language_name(tag, programme)


def _asked_for(tag: str, programme: Programme) -> str:
    """The first of the words with which people ask for texts in it; empty where there are none."""
    spoken = programme.messages.get(tag)
    word = next(iter(spoken.commands.get("language", ())), "") if spoken else ""
    return word[:1].upper() + word[1:]
