"""The texts we send and the words residents command us with: which there are, what they may hold, how long they may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from string import Formatter

from channels.segments import fits_one_segment, outside_gsm
from service.programme.faults import Fault
from service.programme.files import Reader
from service.programme.schema import Messages, Rules, pick
from service.programme.words import words_of

TEXTS: dict[str, frozenset[str]] = {
    "receipt_first": frozenset({"reference"}),
    "receipt": frozenset({"reference"}),
    "receipt_sensitive": frozenset({"reference", "helpline"}),
    "ask_place_first": frozenset({"reference", "choices"}),
    "ask_place": frozenset({"reference", "choices"}),
    "ask_where_first": frozenset({"reference"}),
    "ask_where": frozenset({"reference"}),
    "place_thanks": frozenset({"reference", "place"}),
    "added": frozenset({"reference"}),
    "empty": frozenset(),
    "unasked": frozenset(),
    "attention": frozenset(),
    "attention_report": frozenset({"reference"}),
    "attention_danger": frozenset({"emergency"}),
    "help": frozenset(),
    "status": frozenset({"reference", "state"}),
    "status_none": frozenset(),
    "stopped": frozenset(),
    "started": frozenset(),
    "forget_ask": frozenset(),
    "forgotten": frozenset(),
    "kept": frozenset(),
    "quotable": frozenset(),
    "privacy": frozenset(),
    "stop_hint": frozenset(),
    "language_set": frozenset(),
    "profile_ask": frozenset({"question", "choices"}),
    "profile_thanks": frozenset(),
    "answered": frozenset({"reference", "office", "answer"}),
    "agreed": frozenset({"reference"}),
    "reopened": frozenset({"reference"}),
}
"""Every text we send, with the slots it must have."""

COMMANDS = (
    *("stop", "start", "help", "status", "forget", "quote", "privacy", "language"),
    *("skip", "yes", "no", "solved", "unsolved", "polite", "greeting", "attention", "our_texts"),
)
SIGNS = ("follow_up", "how_far", "contrast", "machine", "signature")
OPTIONAL = frozenset({"our_texts", "signature"})
"""Lists of words that a language may lack: then fewer ways to say STOP are understood."""
BESIDE = frozenset({"our_texts"})
"""Lists of words that mean something only beside a word for a command."""
STATES = ("received", "in_review", "accepted", "forwarded", "answered", "resolved", "disputed", "closed")
FEW = 4
"""So many signs outside the SMS alphabet may stand in a text by mistake."""
NAME_UNITS = 20
"""Names of places and offices are cut to so many characters."""
CHOICES_UNITS = 24
"""At least so much must be left for the numbered places."""


def faults(reader: Reader, rules: Rules, messages: Mapping[str, Messages]) -> list[Fault]:
    """What is wrong in messages/*.yaml."""
    found: list[Fault] = []
    owner: dict[str, tuple[str, str]] = {}
    for tag, spoken in messages.items():
        file = f"messages/{tag}.yaml"
        found += _keys(reader, file, "texts", spoken.texts, TEXTS)
        found += _keys(reader, file, "commands", spoken.commands, COMMANDS)
        found += _keys(reader, file, "signs", spoken.signs, SIGNS)
        found += _keys(reader, file, "states", spoken.states, STATES)
        found += _commands_clash(reader, tag, spoken, owner)
        found += _questions(reader, rules, tag, spoken)
        for key, text in spoken.texts.items():
            if key in TEXTS:
                line = reader.line_of(file, ("texts", key))
                found += (Fault(file, line, f"texts.{key}", remedy) for remedy in _text(rules, spoken, key, text))
    return found


def _questions(reader: Reader, rules: Rules, tag: str, spoken: Messages) -> Iterator[Fault]:
    """Opt-in questions that are longer than one segment with all their choices."""
    text = spoken.texts.get("profile_ask", "")
    if slots(text) != TEXTS["profile_ask"] or not all(c.label for q in rules.questions.values() for c in q.choices):
        return
    for name, question in rules.questions.items():
        labels = (pick(choice.label, tag, rules.languages) for choice in question.choices)
        filled = {
            "question": pick(question.ask, tag, rules.languages),
            "choices": " ".join(f"{number} {label}" for number, label in enumerate(labels, start=1)),
        }
        if not fits_one_segment(text.format_map(filled)):
            line = reader.line_of("programme.yaml", ("questions", name, "ask"))
            remedy = f"is longer than one SMS segment in {tag} with its numbered choices; shorten question or labels"
            yield Fault("programme.yaml", line, f"questions.{name}.ask", remedy)


def slots(text: str) -> frozenset[str] | None:
    """The names in braces, or None where the braces do not match or hold more than a name."""
    try:
        pieces = [piece for piece in Formatter().parse(text) if piece[1] is not None]
    except ValueError:
        return None
    if any(form or conversion for _, _, form, conversion in pieces):
        return None
    return frozenset(str(name) for _, name, _, _ in pieces)


def _keys(
    reader: Reader, file: str, part: str, given: Mapping[str, object], known: Mapping[str, object] | tuple[str, ...]
) -> Iterator[Fault]:
    for key in known:
        if key not in given and key not in OPTIONAL:
            yield Fault(file, reader.line_of(file, (part,)), f"{part}.{key}", "is missing; write it")
    for key in given:
        if key not in known:
            yield Fault(file, reader.line_of(file, (part, key)), f"{part}.{key}", "is not known; check the spelling")


def _commands_clash(reader: Reader, tag: str, spoken: Messages, owner: dict[str, tuple[str, str]]) -> Iterator[Fault]:
    """Words that mean nothing, or two things: they are heard in any language. `owner` has those met so far."""
    file = f"messages/{tag}.yaml"
    for command, words in spoken.commands.items():
        if not words:
            line = reader.line_of(file, ("commands", command))
            yield Fault(file, line, f"commands.{command}", "has no word; write at least one")
        for word in words:
            compared = " ".join(words_of(word))
            meaning = (command, tag if command == "language" else "")
            # What stands beside a word for stop commands nothing: "hii" may greet as well.
            other = meaning if command in BESIDE else owner.setdefault(compared, meaning)
            line = reader.line_of(file, ("commands", command))
            if not compared:
                yield Fault(file, line, f"commands.{command}", f"{word} has no letter or digit; delete it")
            elif other != meaning:
                said = " ".join(other).strip()
                yield Fault(file, line, f"commands.{command}", f"{word} is also a word for {said}; keep one")


def _text(rules: Rules, spoken: Messages, key: str, text: str) -> Iterator[str]:
    """Remedies for one text."""
    found = slots(text)
    if found is None:
        yield "a brace is not closed, or holds more than a name; write slots as {reference}"
        return
    if found != TEXTS[key]:
        expected = ", ".join(f"{{{slot}}}" for slot in sorted(TEXTS[key])) or "no slots"
        yield f"must have {expected} and no other"
        return
    longest = {
        "reference": "K7-4QF",
        "place": "x" * NAME_UNITS,
        "office": "x" * NAME_UNITS,
        "state": max(spoken.states.values(), key=len, default=""),
        "choices": "x" * CHOICES_UNITS,
        "question": "",
        "answer": "",
        "helpline": rules.helpline,
        "emergency": rules.emergency or rules.helpline,
    }
    filled = text.format_map(longest)
    if not fits_one_segment(filled):
        yield _too_long(outside_gsm(filled))


def _too_long(foreign: str) -> str:
    """What to do, and which few signs make the whole text cost more than twice as much."""
    if 0 < len(foreign) <= FEW:
        signs = " ".join(foreign)
        return f"is longer than one SMS segment: only 70 characters fit because of {signs}; write it otherwise, or shorten it"
    return "is longer than one SMS segment (160 characters; 70 in scripts such as Devanagari); shorten it"
