"""Which texts command us: a command word, alone or among polite words, in any language of the programme.

"Stop.", "stop please", "Hello, stop your messages" and "Acha, asante" stop; "STOP 12345" and "stop this bill" do not (the
lesson of medic/cht-core#476 and Spoke#1016). Carrier words work in every programme, because the carrier acts on them anyway.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from service.programme import Programme
from service.programme.words import words_of
from service.signatures import without_signature

_SKINS = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
CARRIER_STOPS = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
"""https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out"""
OPENING = ("stop", "start", "help", "privacy", "status", "forget", "quote")
ANSWERS = ("yes", "no")
SOLVED = {"solved": "yes", "unsolved": "no"}
GUESSED = ("stop", "help", "privacy", "status", "forget")
"""Commands that a slip of the finger still means; START and consent must be written as they are."""
POLITE, COMMANDS = ("polite",), ("polite", "greeting")
"""What may stand beside an answer, and beside a command."""
STOPS = (*COMMANDS, "our_texts")
MOST_WORDS = 6
SIGNS_OF_THANKS = frozenset("🙏👍👌👏🙌🤝🤲💪💯✅✔☑❤♥💙💚💛💜🧡🤎🤍")
"""A text of these alone thanks us or nods. It is no answer either: a nod erases nobody, and solves nothing."""
_NUMBER = re.compile(r"(?<!\d)(?!\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?!\d))\+?\d(?:[\s().\-_/]*\d){6,}")
"""A run of digits as long as a phone number, and no day."""
SHORTEST_SLIP = 4
"""Letters a command word must have before a slip in it is looked for."""


def command(programme: Programme, text: str) -> str | None:
    """stop, start, help, privacy, status, forget or quote, if that is all the text says."""
    return _only(programme, text, OPENING)


def courtesy(programme: Programme, text: str) -> str | None:
    """polite or greeting, if thanks and greetings are all the text says, in words or in signs."""
    if _nods(text):
        return "polite"
    said = " ".join(words_of(text[:200]))
    polite = _phrases(programme, "polite")
    if not said or len(text) > 200:
        return None
    if _is_polite(said, polite):
        return "polite"
    return "greeting" if _is_polite(said, polite | _phrases(programme, "greeting")) else None


def _nods(text: str) -> bool:
    """Is it made of signs of thanks alone? The colour of a hand and the joiners of emoji say nothing."""
    signs = [sign for sign in text[:200] if unicodedata.category(sign)[0] not in "ZCM" and sign not in _SKINS]
    return bool(signs) and SIGNS_OF_THANKS.issuperset(signs)


def attention(programme: Programme, text: str) -> bool:
    """Do they ask for a person, and nothing else: "please call me", "is anybody there?", "what should I do"? Who gives a number,
    alone or beside such words, asks to be called on it."""
    rest = _NUMBER.sub(" ", text[:200])
    return _only(programme, rest + text[200:], ("attention",)) is not None or (rest != text and not words_of(rest))


def spoken_in(programme: Programme, text: str) -> str | None:
    """The one language of the programme whose commands, greetings and polite words make up the text; None if several do."""
    said = " ".join(words_of(text[:200]))
    own = {tag: frozenset().union(*spoken.values()) for tag, spoken in programme.spoken.items()}
    tags = [tag for tag, phrases in own.items() if _is_polite(said, phrases)]
    return tags[0] if len(tags) == 1 else None


def past_courtesy(programme: Programme, text: str) -> tuple[str, ...]:
    """The first words of a text, without the thanks and greetings it opens with."""
    words = words_of(text[:300])
    phrases = [tuple(phrase.split()) for phrase in _phrases(programme, "polite") | _phrases(programme, "greeting")]
    while opening := max((p for p in phrases if words[: len(p)] == p), key=len, default=()):
        words = words[len(opening) :]
    return words


def opening_answer(programme: Programme, text: str) -> str | None:
    """yes or no, if the text opens with it and says more: "No, still dark"."""
    words = past_courtesy(programme, text)
    for name in ANSWERS:
        for phrase in _phrases(programme, name):
            parts = tuple(phrase.split())
            if len(words) > len(parts) and words[: len(parts)] == parts:
                return name
    return None


def yes_or_no(programme: Programme, text: str) -> str | None:
    """yes or no, if that is all the text says."""
    return _only(programme, text, ANSWERS)


def solved(programme: Programme, text: str) -> str | None:
    """yes or no to "is it solved?", if that is all the text says: also "it is fixed" and "nobody came"."""
    return yes_or_no(programme, text) or SOLVED.get(_only(programme, text, SOLVED) or "")


def skips(programme: Programme, text: str) -> bool:
    """Do they pass over an opt-in question? 0 does too."""
    return chosen(programme, text) == 0 or _only(programme, text, ("skip",)) is not None


def language(programme: Programme, text: str) -> str | None:
    """The language they ask us to write in, if that is all the text says."""
    said = words_of(text)
    for tag in programme.messages:
        if _means(programme, said, _spoken(programme, tag, "language"), COMMANDS):
            return tag
    return None


def slip(programme: Programme, text: str) -> str | None:
    """The command that a lone word is one slip away from: two letters swapped, one doubled, one left out.

    "STPO", "stoop", "HLEP". Never a word that means something else here, or names a place of the programme.
    """
    said = [word for word in words_of(text) if not _is_polite(word, _phrases(programme, "polite"))]
    if len(said) != 1 or said[0] in programme.names:
        return None
    for name in GUESSED:
        if any(_is_slip(phrase, said[0]) for phrase in _phrases(programme, name)):
            return name
    return None


def chosen(programme: Programme, text: str) -> int | None:
    """The number a text chooses, polite words and a signature aside: "2", "2 please", "Ok, २"."""
    text = without_signature(programme, text)
    return None if len(text) > 200 else number(_past_polite(" ".join(words_of(text)), _phrases(programme, "polite")))


def number(text: str) -> int | None:
    """The number a text is, in any script's digits: "2", "2.", "(२)", "2️⃣"."""
    words = words_of(text)
    found = re.fullmatch(r"(\d{1,2})\W?", words[0]) if len(words) == 1 else None
    return None if found is None else int(found[1])


def _only(programme: Programme, text: str, wanted: Iterable[str]) -> str | None:
    text = without_signature(programme, text)
    if len(text) > 200:
        return None
    said = words_of(text)
    for name in wanted:
        phrases = _phrases(programme, name) | (CARRIER_STOPS if name == "stop" else frozenset())
        if _means(programme, said, phrases, STOPS if name == "stop" else COMMANDS if name in OPENING else POLITE):
            return name
    return None


def _means(programme: Programme, words: tuple[str, ...], phrases: frozenset[str], beside: tuple[str, ...]) -> bool:
    """Is one of the phrases all they say, what may stand `beside` aside? "S T O P" and "STOOOP" are read as meant."""
    if not words or (len(words) > max(MOST_WORDS, *map(len, phrases)) and any(len(word) > 1 for word in words)):
        return False
    polite = frozenset().union(*(_phrases(programme, name) for name in beside))
    spelt = "".join(words) if len(words) > 1 and all(len(word) == 1 for word in words) else None
    said = spelt or " ".join(words)
    readings = {said, _short(said)}
    return any(_is(reading, phrase, polite) for phrase in phrases for reading in readings)


def _is(said: str, phrase: str, polite: frozenset[str]) -> bool:
    """Is it the phrase, once or several times, and polite words?"""
    rest = _without(said, phrase)
    return rest is not None and (_is_polite(rest, polite) or _is(rest, phrase, polite))


def _short(said: str) -> str:
    """Letters drawn out to three and more are one: "stooop"."""
    return re.sub(r"(\w)\1{2,}", r"\1", said)


def _phrases(programme: Programme, name: str) -> frozenset[str]:
    return frozenset().union(*(_spoken(programme, tag, name) for tag in programme.messages))


def _spoken(programme: Programme, tag: str, name: str) -> frozenset[str]:
    """The phrases of one language for a command."""
    return programme.spoken[tag].get(name, frozenset())


def _without(said: str, phrase: str) -> str | None:
    """What is left of a text without one phrase of it; None if the phrase is not there as whole words."""
    padded = f" {said} "
    if f" {phrase} " not in padded:
        return None
    return padded.replace(f" {phrase} ", " ", 1).strip()


def _is_polite(said: str, polite: frozenset[str]) -> bool:
    return not _past_polite(said, polite)


def _past_polite(said: str, polite: frozenset[str]) -> str:
    """What is said beside the polite phrases."""
    for phrase in sorted(polite, key=len, reverse=True):
        said = f" {said} ".replace(f" {phrase} ", "  ")
    return said.strip()


def _is_slip(meant: str, said: str) -> bool:
    if " " in meant or len(meant) < SHORTEST_SLIP or said == meant:
        return False
    if len(said) == len(meant):
        swapped = [n for n in range(len(meant)) if said[n] != meant[n]]
        a, *rest = swapped or [0]
        return rest == [a + 1] and said[a] == meant[a + 1] and said[a + 1] == meant[a]
    if len(said) == len(meant) + 1:
        return any(said[:n] + said[n + 1 :] == meant and said[n] == said[n - 1] for n in range(1, len(said)))
    if len(said) == len(meant) - 1:
        return any(meant[:n] + meant[n + 1 :] == said for n in range(1, len(meant)) if len(meant) > SHORTEST_SLIP)
    return False
