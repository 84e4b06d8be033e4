"""A text as names are looked for in it: its words, where they stand in it, and over which gaps a name may go on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from nlp.fold import Token, fold, tokens
from nlp.gazetteer.speech import Speech

MASK = re.compile(r"[\[<][a-z_]{2,20}[\]>]")
_STOPS = frozenset("!?;:\n()|")
_BREAK = re.compile(r"[!?;:\n()|]|(?<=\w{4})\.\s")


@dataclass(slots=True)
class Text:
    """`tokens` are folded words, each at its place of `spans` in `raw`."""

    raw: str
    tokens: list[Token]
    spans: list[tuple[int, int]]
    gaps: list[bool]
    """Whether a name may go on over the gap after each token."""
    cased: bool
    """Written in small letters and capitals, so that a capital tells something."""
    speech: Speech

    def beside(self, at: int) -> bool:
        """Whether nothing but space is between a token and the next."""
        return at + 1 < len(self.spans) and self.raw[self.spans[at][1] : self.spans[at + 1][0]].isspace()

    def said(self, start: int, end: int) -> list[str]:
        return [token[0] for token in self.tokens[max(0, start) : end]]


def read_text(text: str, speech: Speech) -> Text:
    """What was masked names nothing."""
    raw = MASK.sub(lambda mask: "|" * len(mask.group()), text) if "[" in text or "<" in text else text
    folded = fold(raw)
    kept = tokens(folded)
    if folded.offsets is None:
        spans = [(start, end) for _, start, end in kept]
    else:
        spans = [folded.original(start, end) for _, start, end in kept]
    gaps = [_goes_on(raw, this[1], that[0]) for this, that in pairwise(spans)]
    gaps.append(False)
    return Text(raw, kept, spans, gaps, raw != raw.lower() and raw != raw.upper(), speech)


def _goes_on(text: str, end: int, start: int) -> bool:
    if start - end <= 1:
        return start == end or text[end] not in _STOPS or _is_lost_letter(text, end, start)
    return start - end <= 4 and not _BREAK.search(text, end, start)


def _is_lost_letter(text: str, end: int, start: int) -> bool:
    """Phones and gateways write a question mark for a letter they do not know."""
    return text[end] == "?" and end > 0 and start < len(text) and text[end - 1].isalpha() and text[start].islower()
