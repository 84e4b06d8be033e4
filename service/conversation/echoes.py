"""Our own texts, when they come back: from a line that is forwarded to us, an app that echoes, or a service like this one."""

from __future__ import annotations

import re
from functools import lru_cache

from service.programme import Programme

LONGEST = 400
"""Characters; each of our texts is one SMS segment."""
FEWEST_WORDS = 4
"""A text of ours with fewer words of its own, such as "{reference}: {state}", is too like what people write."""


def is_ours(programme: Programme, text: str) -> bool:
    """Is it one of the programme's texts, in any of its languages, whatever stands in its slots?"""
    said = " ".join(text.split())
    if len(said) > LONGEST:
        return False
    ours = (wording for spoken in programme.messages.values() for wording in spoken.texts.values())
    return any(pattern.fullmatch(said) for wording in ours if (pattern := _pattern(wording)) is not None)


@lru_cache(maxsize=1024)
def _pattern(wording: str) -> re.Pattern[str] | None:
    fixed = re.split(r"\{\w+\}", " ".join(wording.split()))
    if sum(len(part.split()) for part in fixed) < FEWEST_WORDS:
        return None
    return re.compile(".{1,80}".join(map(re.escape, fixed)), re.IGNORECASE)
