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
    """The name of a language: as its own phrases have it, or the programme's USSD screens, or in English, or by its tag.

    "unknown" for what no language could be told of.
    """
    if tag == "und":
        return "unknown"
    if tag in PHONE:
        return PHONE[tag]["name"]
    spoken = programme.messages.get(tag)
    own = spoken.ussd.get("language") if spoken else None
    return own or NAMES.get(tag) or NAMES.get(tag.partition("-")[0]) or f"language {tag}"
