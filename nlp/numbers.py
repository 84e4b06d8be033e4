"""Runs of digits that are personal: phone numbers above all, also documents and accounts. Amounts, dates, times,
coordinates and house numbers stay.

A number library validates; people write numbers cut short, run together, spaced, or with the letters O and l. So we ask
what a person would take for a phone number: how many digits, how they are grouped, what stands before and after.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import phonenumbers

from nlp.analysis import Span
from nlp.lexicon import as_pattern, languages_of, read_data

DATE_OR_TIME = re.compile(
    r"(?<![\d.])(?<!\d[-/])(?:(?:19|20)\d\d([-/.])\d{1,2}\1\d{1,2}|(?:[0-2]?\d|3[01])([-/.])(?:[0-2]?\d|3[01])\2(?:(?:19|20)\d\d|\d\d)|\d{1,2}[:h.]\d\d(?::\d\d)?)(?![\d-]|[./]\d)"
)
DECIMAL = re.compile(
    r"(?<![\d.])(?<!\d,)[-+]?\d{1,3}[.,]\d+(?:\s*°|(?![\d.\-/]))|(?<![\d.])(?<!\d,)\d{1,3}(?:,\d{2,3})+(?!\d)|(?<!\d)\d+\s*°"
)
YEARS = re.compile(r"(?<!\d)(?:19|20)\d\d\s*[-/]\s*(?:19|20)?\d\d(?!\d)")
OTHER_NUMBERS = (YEARS, DATE_OR_TIME, DECIMAL)
SPACES = r" \t\u00a0\u2007\u202f"
BETWEEN = r".\-()/–—\u2010-\u2012\u200b-\u200f\u2060\u00ad"
"""What stands between groups of digits, with what nobody sees: contact cards and copied numbers are full of it."""
RUN = re.compile(
    r"(?<![\w@/])(?<!\d\.)(?:\+\s?|\(\+?|00)?(?:[Oo](?=[\d ]?\d)|\d)"
    rf"(?:[{SPACES}]?[{BETWEEN}]?[{SPACES}]?[\dOoIl]){{2,}}(?![a-zA-Z\d])"
)
GLUED = re.compile(r"(?<=[^\W\d_])\d{7,15}(?!\w)")
"""Digits that hang on a word, as in "tel37123456": of this length nothing but a number of somebody."""
BEFORE_A_WORD = re.compile(r"(?<![\w@/])(?<!\d\.)\+?\d{7,15}(?=[a-zA-Z]{2})")
"""Digits on which a word hangs, as in "0712345678karibu"."""
ODD = re.compile(r"(?<!\w)[+0]\d{1,4}(?:[_*,:]\d{2,6}){1,3}(?!\w)")
"""A number that begins as phone numbers do, parted by signs that mostly part something else: "0721_555_018"."""
CODE = re.compile(r"(?<![\w@/])(?:[A-Za-z]{1,4}\d{4,12}|\d{5,12})[A-Za-z]{0,2}(?!\w)")
"""Letters and digits together, as on documents of many countries: one only where words announce it."""
_APART = str.maketrans("_*,:", "    ")
LETTER_DIGITS = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1"})
GROUP = re.compile(r"[\dOoIl]+")
WORD = re.compile(r"[^\W\d]+(?:/[^\W\d])?|[^\s\w]")

LONGEST_PHONE = 15
"""Digits, by ITU-T E.164."""

LONGEST_CARD, SHORTEST_CARD = 19, 13
"""Digits of a bank card, by ISO/IEC 7812."""

LONGEST_OF_A_THING = 8
"""Digits of the number of a case, a plot or a place in a queue, where words say that it is one."""

SHORTEST_ACCOUNT = 16
"""From so many digits in one run on it is no phone number: a card, an account, a token paid for electricity."""

SHORTEST_ANYWHERE = 8
"""From so many digits on, a bare run is a phone number unless something speaks against it."""

_SHAPES = """
44 34 334 433 46 55 36 2222 333 434 4222 43 233 22222 322 3222 344 38 343 244 56 255 39 3333 26 1334 3344 3334 3255
"""
SHAPES = frozenset(tuple(int(size) for size in shape) for shape in _SHAPES.split())
"""How many digits stand together when people space a phone number."""


@dataclass(frozen=True)
class Cues:
    """Folded phrases that announce a kind of number, as tuples of words."""

    phone: frozenset[tuple[str, ...]]
    strong_phone: frozenset[tuple[str, ...]]
    thing: frozenset[tuple[str, ...]]
    document: frozenset[tuple[str, ...]]
    account: frozenset[tuple[str, ...]]
    amount_before: frozenset[tuple[str, ...]]
    amount_after: frozenset[tuple[str, ...]]
    currency: str


def read_cues(languages: Sequence[str]) -> Cues:
    """The cues of the languages, from `nlp/data/personal.yaml`."""
    data = read_data("personal.yaml")

    def spoken(name: str) -> frozenset[tuple[str, ...]]:
        written = data[name]
        return _patterns(phrase for code in languages_of(languages, written) for phrase in written[code])

    return Cues(
        phone=spoken("phone_cues"),
        strong_phone=_patterns(data["strong_phone_cues"]),
        thing=spoken("thing_cues"),
        document=spoken("id_cues"),
        account=spoken("account_cues"),
        amount_before=_patterns(data["amount_before"]),
        amount_after=_patterns(data["amount_after"]),
        currency=data["currency_signs"],
    )


def _patterns(phrases: Iterable[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(as_pattern(str(phrase)) for phrase in phrases)


class Numbers:
    """Finds personal numbers. `country` is the programme's, as ISO 3166-1 alpha-2, or None."""

    def __init__(self, languages: Sequence[str], country: str | None) -> None:
        self._cues = read_cues(languages)
        self._country = country
        self._documents = [
            (document["kind"], re.compile(document["pattern"]))
            for document in read_data("personal.yaml")["documents"]
            if country is None or document["country"] in (country, None)
        ]

    def find(self, text: str) -> list[Span]:
        """Documents first, then what is left of the digits."""
        spans = [Span(*match.span(), kind) for kind, pattern in self._documents for match in pattern.finditer(text)]
        spans = [span for span in spans if _has_letters(text, span) or not self._is_amount(text, span.start, span.end)]
        covered = _cover(text, [(span.start, span.end) for span in spans])
        plain = _cover(covered, [match.span() for pattern in OTHER_NUMBERS for match in pattern.finditer(covered)])
        for pattern in (RUN, BEFORE_A_WORD):
            for match in pattern.finditer(plain):
                spans += self._judge(text, match.start(), match.end())
        spans += self._announced_codes(text, plain)
        spans += [
            Span(*match.span(), "phone")
            for match in ODD.finditer(plain)
            if self._is_valid(match.group().translate(_APART))
        ]
        return spans + [Span(*match.span(), "phone") for match in GLUED.finditer(plain)]

    def _announced_codes(self, text: str, plain: str) -> list[Span]:
        found = []
        for match in CODE.finditer(plain):
            if not match.group().isdigit() and (kind := self._announced_kind(_words_before(text, match.start()), 5)):
                found.append(Span(*match.span(), kind))
        return found

    def _announced_kind(self, before: list[str], digits: int) -> str:
        """What the words before so many digits announce, the nearest of them; "" for nothing but perhaps a phone number."""
        announced = [
            (_announced(before, cues), kind)
            for cues, kind, least in ((self._cues.document, "id", 5), (self._cues.account, "account", 4))
            if digits >= least
        ]
        nearest, kind = max(announced, default=(0, ""))
        return kind if nearest else ""

    def _judge(self, text: str, start: int, end: int) -> list[Span]:
        while not text[end - 1].isalnum() and text[end - 1] != ")":
            end -= 1
        groups = [(start + match.start(), start + match.end()) for match in GROUP.finditer(text[start:end])]
        groups = [(one, two) for one, two in groups if any(letter.isdigit() for letter in text[one:two])]
        if not groups:
            return []
        lengths = tuple(two - one for one, two in groups)
        before = _words_before(text, start)
        if self._is_amount(text, start, end):
            return []
        kind = self._announced_kind(before, sum(lengths)) or (
            "account" if _is_account(text[start:end], lengths) else ""
        )
        if kind:
            return [Span(start, end, kind)]
        if self._is_phone(text[start:end], lengths, before):
            return [Span(start, end, "phone")]
        if len(groups) > 1:
            return [
                Span(one, two, "phone") for one, two in groups if self._is_phone(text[one:two], (two - one,), before)
            ]
        return []

    def _is_phone(self, written: str, lengths: tuple[int, ...], before: list[str]) -> bool:
        total = sum(lengths)
        thing = _announced(before, self._cues.thing)
        if thing and thing >= _announced(before, self._cues.phone):
            return total > LONGEST_OF_A_THING and self._is_valid(written)
        if _announced(before, self._cues.strong_phone):
            return total >= 5
        if _announced(before, self._cues.phone):
            return total >= 6
        if total < 7 or written.startswith("000"):
            return False  # what begins so is counted by a meter
        if written.startswith(("+", "(+", "00")):
            return True
        if len(lengths) == 1:
            round_sum = not written.startswith(("0", "O", "o")) and written.endswith("0000")
            return not round_sum and (total >= SHORTEST_ANYWHERE or not written.endswith("000"))
        if max(lengths) >= SHORTEST_ANYWHERE or (lengths in SHAPES and not _is_range(written)):
            return True
        if min(lengths) == 1 and total <= LONGEST_PHONE and len(lengths) >= SHORTEST_ANYWHERE:
            return True  # every digit apart
        return total <= LONGEST_PHONE and self._is_valid(written)

    def _is_valid(self, written: str) -> bool:
        try:
            number = phonenumbers.parse(written.translate(LETTER_DIGITS), self._country)
        except phonenumbers.NumberParseException:
            return False
        return phonenumbers.is_valid_number(number)

    def _is_amount(self, text: str, start: int, end: int) -> bool:
        if text[:start].rstrip()[-1:] in tuple(self._cues.currency) or text[end : end + 2] in ("/=", "/-"):
            return True
        if re.match(r"\s*[" + re.escape(self._cues.currency) + "%]", text[end : end + 3]):
            return True
        after = as_pattern(" ".join(WORD.findall(text[end : end + 30])[:1]))
        if after and after in self._cues.amount_after:
            return True
        digits = sum(letter.isdigit() for letter in text[start:end])
        return digits <= 8 and _announced(_words_before(text, start), self._cues.amount_before, near=1) > 0


def _words_before(text: str, start: int) -> list[str]:
    """The folded words before an offset, nearest last, not past the end of a sentence or another number."""
    before = text[max(0, start - 40) : start]
    for breaking in ("\n", ";", "!", "?"):
        before = before.rsplit(breaking, 1)[-1]
    return list(as_pattern(before.replace("*", " ")))[-6:]


def _announced(before: list[str], cues: frozenset[tuple[str, ...]], near: int = 4) -> int:
    """The place of the last word of the cue that ends nearest, at most `near` words before the number; 0 without one."""
    for end in range(len(before), max(0, len(before) - near), -1):
        if any(tuple(before[end - size : end]) in cues for size in range(1, min(4, end) + 1)):
            return end
    return 0


def _is_account(written: str, lengths: tuple[int, ...]) -> bool:
    """A long run of digits, whole or in fours: a bank card, an account or a token, no list of years or sums."""
    digits = "".join(letter for letter in written if letter.isdigit())
    if written[0] in "+(" or written.startswith("00") or len(digits) != sum(lengths):
        return False
    if len(lengths) == 1:
        return len(digits) >= SHORTEST_ACCOUNT or _is_card(digits)
    groups = GROUP.findall(written)
    in_fours = len(lengths) > 2 and set(lengths[:-1]) == {4} and len(digits) >= SHORTEST_CARD
    if in_fours and not all(group.startswith(("19", "20")) or group.endswith("00") for group in groups):
        return lengths[-1] <= 4
    return lengths == (4, 6, 5) and _is_card(digits)


def _is_card(digits: str) -> bool:
    """Whether the first digit is one of banks' and the check digit is right, by Luhn (ISO/IEC 7812-1, annex B)."""
    if not SHORTEST_CARD <= len(digits) <= LONGEST_CARD or digits[0] not in "23456":
        return False
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    return (sum(map(int, digits[::-2])) + sum(number - 9 * (number > 9) for number in doubled)) % 10 == 0


def _has_letters(text: str, span: Span) -> bool:
    return any(letter.isalpha() for letter in text[span.start : span.end])


def _is_range(written: str) -> bool:
    """ "1000-2000" is from one round number to another."""
    parts = re.split(r"\s*[-–/]\s*", written)
    return len(parts) == 2 and all(part.isdigit() and part.endswith("00") for part in parts)


def _cover(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """The text with spans blanked out by a letter, so that nothing joins across them."""
    covered = list(text)
    for start, end in spans:
        covered[start:end] = "_" * (end - start)
    return "".join(covered)
