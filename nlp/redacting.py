"""Redaction: the personal data in a text, and the text without it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from nlp.analysis import Span
from nlp.fold import words
from nlp.gazetteer.text import MASK
from nlp.knowledge import Area, Knowledge, Place
from nlp.names import Names
from nlp.numbers import Numbers
from nlp.spelled import Spelled

EMAIL = re.compile(
    r"(?<![\w.+%-])(?:[\w+%-]+ \. )?[\w.+%-]+\s?(?:@|\[at\]|\(at\))\s?[\w-]+(?:\s?(?:\.|\[dot\]|\(dot\))\s?[\w-]+)*"
    r"\s?(?:\.|\[dot\]|\(dot\))\s?[a-zA-Z]{2,}"
)
_AT = r"(?<=\s)(?:at(?: the rate(?: of)?)?|arobase|arobaz|एट(?: द रेट)?)(?=\s)"
_DOT = r" (?:dot|point|pwen|nukta|डॉट) "
SPOKEN_EMAIL = re.compile(
    rf"(?<![\w.+%-])(?:[\w+%-]+{_DOT})?[\w.+%-]+\s?(?:(?:@|{_AT})\s?[\w-]+(?:(?:\.|{_DOT})[\w-]+)*{_DOT}(?:com|org|net|co|info|कॉम)"
    rf"|{_AT}\s(?:gmail|yahoo|ymail|hotmail|outlook|rediffmail|icloud)(?:\.[a-z]{{2,4}})+)(?!\w)",
    re.IGNORECASE,
)
"""As it is said: "jane at gmail dot com", "jane at the rate gmail.com". We may look at any other site."""
PAYMENT = re.compile(r"(?<![\w.@-])[\w.-]{2,64}@[a-zA-Z][a-zA-Z0-9]{2,31}(?![\w@]|\.\w)")
"""An address to pay to, as in India's UPI: like one for e-mail, without a full stop behind the sign."""
LINK = re.compile(
    r"(?:https?://|www\.)\S+|(?<![\w@.-])[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|info|gov|ke|in|ht|int|io|ly|me|co|fr|uk|ng|tz|ug)\b(?:/\S*)?"
    r"|(?<!\w)@\w{3,}",
    re.IGNORECASE,
)
_SPOKEN = (" dot ", " point ", " pwen ", " nukta ", " डॉट ", "mail.", "yahoo.", "outlook.", "icloud.")
"""Without one of these no address is said."""
MAYBE_LINK = re.compile(r"@|\.\w|://|www\.", re.IGNORECASE)
"""Without one of these there is no link; most texts have none, and looking for it takes ten times as long."""
PART = re.compile(r"[,;()/|]| - ")
LEAST_KEPT = 2
"""Words of a confirmed name of a place that are nobody's."""
_TAIL = ".,;:!?)'\""

_DIGIT = re.compile("[0-9]")


class Redactor:
    """Finds phone numbers, e-mail addresses, links, documents, accounts, plates and names of people."""

    def __init__(self, languages: Sequence[str], country: str | None, places: Iterable[str] = ()) -> None:
        """`places` are names of places that may look like names of people."""
        self._numbers = Numbers(languages, country)
        self._spelled = Spelled(languages)
        self._names = Names(languages, places)

    def redact(self, text: str) -> str:
        """The text with masks in place of personal data."""
        return mask(text, self.find(text))

    def find(self, text: str) -> tuple[Span, ...]:
        """In order, none overlapping another."""
        spans: list[Span] = []
        if "@" in text or "at)" in text or "at]" in text:
            spans += [Span(*match.span(), "email") for match in EMAIL.finditer(text)]
            spans += [Span(*match.span(), "account") for match in PAYMENT.finditer(text)]
        lower = text.lower()
        if any(map(lower.__contains__, _SPOKEN)):
            spans += [Span(*match.span(), "email") for match in SPOKEN_EMAIL.finditer(text)]
        if MAYBE_LINK.search(text):
            spans += [_without_tail(text, match) for match in LINK.finditer(text)]
        if _DIGIT.search(text) if text.isascii() else any(map(str.isdigit, text)):
            spans += self._numbers.find(_blank(text, spans))
        if len(lower) == len(text):  # a few letters are two when small
            spans += [Span(start, end, "phone") for start, end in self._spelled.find(lower)]
        spans += self._names.find(_blank(text, spans))
        return _apart(spans)


def redactor_for(knowledge: Knowledge, confirmed: Iterable[str] = ()) -> Redactor:
    """The one that knows a programme's languages, country and names of places, also those that people `confirmed`, which may
    hold more than the name: "Kwa Mama Oliech, Hurlingham"."""
    named: tuple[Place | Area, ...] = (*knowledge.places, *knowledge.areas)
    places = {name for entry in named for name in (entry.name, *entry.other_names)}
    redactor = Redactor(knowledge.languages, knowledge.country, places)
    first = {PART.split(name)[0].strip() for name in confirmed}
    learned = {name for name in first if _is_more_than_who_lives_there(redactor, name)}
    return Redactor(knowledge.languages, knowledge.country, places | learned) if learned else redactor


def _is_more_than_who_lives_there(redactor: Redactor, name: str) -> bool:
    """ "Kwa Mama Oliech" is a place to eat; "Kwa John Otieno" is a home, and "Wanjiku" may as well be somebody."""
    kept = words(MASK.sub(" ", redactor.redact(name)))
    return len(kept) >= LEAST_KEPT and len(words(name)) - len(kept) <= 1


def mask(text: str, spans: Iterable[Span]) -> str:
    """The text with each span replaced by its kind in brackets. Spans are in order and do not overlap."""
    parts = []
    position = 0
    for span in spans:
        parts += [text[position : span.start], f"[{span.kind}]"]
        position = span.end
    return "".join([*parts, text[position:]])


def _without_tail(text: str, match: re.Match[str]) -> Span:
    end = match.end()
    while text[end - 1] in _TAIL:
        end -= 1
    return Span(match.start(), end, "link")


def _blank(text: str, spans: Iterable[Span]) -> str:
    for span in spans:
        text = text[: span.start] + ";" * (span.end - span.start) + text[span.end :]
    return text


def _apart(spans: list[Span]) -> tuple[Span, ...]:
    """In order, overlapping ones joined under the kind of the longest."""
    found: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if found and span.start < found[-1].end:
            last = found.pop()
            kind = last.kind if last.end - last.start >= span.end - span.start else span.kind
            span = Span(last.start, max(last.end, span.end), kind)
        found.append(span)
    return tuple(found)
