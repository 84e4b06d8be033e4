"""The words of pages that residents read, one YAML file a language. English stands in for what one lacks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from service.programme.schema import pick

PHONE: dict[str, Mapping[str, str]] = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(Path(__file__).parent.glob("*.yaml"))
}
"""By language (BCP 47), then by key."""


def phrases(language: str) -> Mapping[str, str]:
    """The phone page's words in a language, or in its base language, or in English."""
    by_key = {key: {tag: words[key] for tag, words in PHONE.items() if key in words} for key in PHONE["en"]}
    return {key: pick(by_tag, language, ["en"]) for key, by_tag in by_key.items()}
