"""What stands under a text that nobody wrote for it: a mail's signature, "Sent from my iPhone", a gateway's own line, and
the text that is answered, quoted.

Under a report it does no harm. Under a STOP it hides it.
"""

from __future__ import annotations

import re

from service.programme import Programme
from service.programme.words import words_of

LINES = 4
"""A signature has no more (RFC 3676, 4.3, and the habit it describes); more than that is something said."""
_LONGEST = 2000
_RULE = re.compile(r"\s*(-{2,}|_{2,}|={2,}|[—–]+)\s*")
"""The line between a mail and its signature: two hyphens, or what phones make of them."""


def without_signature(programme: Programme, text: str) -> str:
    """The text as far as a signature or a quote begins, in any line but the first; all of its lines where none does."""
    lines = _without_quote([line for line in text[:_LONGEST].splitlines() if line.strip()])
    for number, line in enumerate(lines[1:], start=1):
        if len(lines) - number > LINES + 1:
            continue
        if _RULE.fullmatch(line) or _is_added(programme, line):
            return "\n".join(lines[:number])
    return "\n".join(lines)


def _without_quote(lines: list[str]) -> list[str]:
    """The lines above a quote that goes on to the end, and above the one that says who wrote it: "On Monday, they wrote:"."""
    said = len(lines)
    while said and lines[said - 1].lstrip().startswith(">"):
        said -= 1
    if 1 < said < len(lines) and lines[said - 1].rstrip().endswith(":"):
        said -= 1
    return lines[:said] or lines


def _is_added(programme: Programme, line: str) -> bool:
    """Does a line open or end as those that phones and gateways add?"""
    said = f" {' '.join(words_of(line))} "
    return any(said.startswith(f" {sign} ") or said.endswith(f" {sign} ") for sign in programme.signs("signature"))
