"""Keys and codes in the desk's words: they are for those who write a programme."""

from __future__ import annotations

import re

from service.programme import Programme

PURPOSES = {
    "receipt_first": "Receipt, the first",
    "receipt": "Receipt",
    "receipt_sensitive": "Receipt of a sensitive account",
    "ask_place_first": "Receipt that asks which place",
    "ask_place": "Question: which place?",
    "ask_where_first": "Receipt that asks where",
    "ask_where": "Question: where?",
    "place_thanks": "Thanks for the place",
    "added": "Receipt of an addition",
    "empty": "No words came",
    "unasked": "Nothing was asked",
    "attention": "We are here",
    "attention_report": "We are here, and have the report",
    "attention_danger": "Whom to call in danger",
    "help": "Answer to HELP",
    "status": "Answer to STATUS",
    "status_none": "Answer to STATUS, no report",
    "stopped": "Goodbye after STOP",
    "started": "Welcome after START",
    "forget_ask": "Question: erase it?",
    "forgotten": "It is erased",
    "kept": "Nothing is erased",
    "quotable": "Thanks for leave to quote",
    "privacy": "What becomes of their words",
    "stop_hint": "How to stop",
    "language_set": "Their language is set",
    "profile_ask": "Question about themselves",
    "profile_thanks": "Thanks for what they said of themselves",
    "answered": "The office's answer",
    "agreed": "Thanks, it is solved",
    "reopened": "The office is told, not solved",
    "written": "A moderator's reply",
}
"""By the key of the text; a text without a key, or of one that is gone, is a text."""


def purpose_name(purpose: str | None) -> str:
    """What a text is for."""
    return PURPOSES.get(purpose or "", "A text")


def named(why: str, programme: Programme) -> str:
    """A reason of the machine's with the label of the category it speaks of, in place of its code."""
    found = re.match(r"category (\w+)(: )?", why)
    return f"{programme.label(found[1], 'en')}{found[2] or ''}{why[found.end() :]}" if found else why
