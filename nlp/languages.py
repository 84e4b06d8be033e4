"""Which language a text is in: py3langid's opinion, words we list by language, and what the programme itself wrote.

py3langid (https://github.com/adbar/py3langid) knows 140 languages, but not Hindi in Latin letters, Sheng, Twi, Tsonga or
Tigrinya; `nlp/data/languages.yaml` lists common words of those and of languages that are mistaken for each other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, repeat
from math import exp, sqrt

import numpy as np
from numpy.typing import NDArray
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from nlp.knowledge import Knowledge
from nlp.lexicon import read_data

Floats = NDArray[np.float64]

NOISE = re.compile(r"https?://\S+|@\w+|\[[a-z]+\]|\bRT\b|&\w+;")
OPEN_E = re.compile(r"(?<=[a-zɔɛ])3(?!\d)|(?<!\d)3(?=[a-z])")
OPEN_O = re.compile(r"(?<=\b[wkybs])\)|\)(?=[a-z]{2})")
"""How Akan's open vowels are typed on a phone without them: "3y3", "w)"."""

EXAMPLE_SIZES = (1, 2, 3, 4)
CACHED_WORDS = 10_000
AT_ONCE = 500
"""Words whose pieces are weighed together: a long text would need a hundred megabytes."""

LEAST = 0.3
"""Below this probability we say "und"."""

UNTAUGHT = 2.0
"""How far a language unknown to py3langid starts behind its best guess."""

LIFT = 4.0
"""How much a listed word weighs against py3langid."""

RESEMBLANCE = 0.5
"""How much the pieces of listed words weigh."""

LEAST_CHANCE = exp(-8)
"""The least probability we take from py3langid, which is surer than it is right."""

SOME = 1e-30
"""So that a text which is surely in a language that is never meant does not divide by zero."""

FAMILIAR, CLEAR = 0.4, 0.9
"""From this share of words known from the programme's own texts, and this probability, we need not ask further."""

STRANGER = 6.0
"""How much likelier a language outside the programme must be for us to abstain."""


def words_of(text: str) -> list[str]:
    """The words of a text in lower case; links, handles and masks are no words. Combining marks stay in their word."""
    plain = OPEN_E.sub("ɛ", NOISE.sub(" ", text).lower()).replace("(", " ")
    plain = OPEN_O.sub("ɔ", plain)
    if plain.isascii():
        letters = plain.translate(_ASCII_LETTERS)
    else:
        letters = "".join(one if one.isalpha() or one in "'’ʼ" or _is_mark(one) else " " for one in plain)
    return [word for part in letters.split() if (word := part.strip("'’ʼ"))]


_ASCII_LETTERS = {code: chr(code) if chr(code).isalpha() or chr(code) == "'" else " " for code in range(128)}


def _is_mark(letter: str) -> bool:
    code = ord(letter)
    return 0x300 <= code <= 0x36F or (0x900 <= code <= 0x0DFF and not letter.isdigit())


@dataclass
class LanguageEvidence:
    """What a programme's own texts say about its languages: for each piece of a word, a log-likelihood per language."""

    languages: tuple[str, ...]
    pieces: dict[str, int] = field(repr=False)
    """By piece, its row of the table."""
    table: Floats = field(repr=False)
    """Log-likelihoods, pieces x languages; the last row is for a piece that was not seen."""
    _words: dict[str, tuple[float, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """For words met so far, 1 if the texts have it, and its weights: as numbers of Python, which for a few languages are added
    up sooner than arrays."""

    def __reduce__(self) -> tuple[type[LanguageEvidence], tuple[object, ...]]:
        return LanguageEvidence, (self.languages, self.pieces, self.table)

    def knows(self, word: str) -> bool:
        """Whether the texts have this word."""
        return _bounded(word) in self.pieces

    def weigh(self, words: Sequence[str]) -> Floats:
        """Words x languages: the mean log-likelihood of a word's pieces, the mean of its row being 0."""
        return np.concatenate([self._weigh(words[at : at + AT_ONCE]) for at in range(0, len(words), AT_ONCE)])

    def _weigh(self, words: Sequence[str]) -> Floats:
        pieces = [_pieces(word) for word in words]
        rows = list(map(self.pieces.get, chain.from_iterable(pieces), repeat(len(self.pieces))))
        sizes = np.array([len(own) for own in pieces])
        total = np.add.reduceat(self.table[rows], np.cumsum(sizes) - sizes, axis=0) / np.sqrt(sizes)[:, None]
        weighed: Floats = total - total.mean(axis=1, keepdims=True)
        return weighed

    def weigh_all(self, words: Sequence[str]) -> tuple[float, Floats]:
        """What share of several words the texts have; and what all weigh, growing with the square root of their number."""
        self._meet(words)
        known, *weights = map(sum, zip(*map(self._words.__getitem__, words), strict=True))
        return known / len(words), np.array(weights) / sqrt(len(words))

    def _meet(self, words: Sequence[str]) -> None:
        if len(self._words) >= CACHED_WORDS:
            self._words.clear()
        new = [word for word in dict.fromkeys(words) if word not in self._words]
        if new:
            weighed = zip(new, self.weigh(new).tolist(), strict=True)
            self._words.update((word, (float(self.knows(word)), *weights)) for word, weights in weighed)


def _bounded(word: str) -> str:
    return f"<{word[:40]}>"


def _pieces(word: str) -> list[str]:
    bounded = _bounded(word)
    found = [bounded]
    for size in EXAMPLE_SIZES:
        found += [bounded[at : at + size] for at in range(len(bounded) - size + 1)]
    return found


def learn_languages(knowledge: Knowledge) -> LanguageEvidence | None:
    """What the programme's words and examples say; None when they are in fewer than two languages."""
    texts: dict[str, list[str]] = {language: [] for language in knowledge.languages}
    for category in knowledge.categories:
        for written in (category.words, category.examples):
            for language, some in written.items():
                texts.setdefault(language, []).extend(some)
    for language, listed in word_lists().items():
        if language in texts:
            texts[language].append(" ".join(listed))
    texts = {language: some for language, some in texts.items() if some}
    if len(texts) < 2:
        return None
    return _likelihoods(
        {code: _count(word for text in some for word in words_of(text)) for code, some in texts.items()}
    )


def _count(words: Iterable[str]) -> Counter[str]:
    return Counter(piece for word in words for piece in _pieces(word))


def _likelihoods(counts: dict[str, Counter[str]]) -> LanguageEvidence:
    languages = tuple(sorted(counts))
    places = {piece: place for place, piece in enumerate(sorted(set().union(*counts.values())))}
    smooth = 0.5
    totals = np.array([sum(counts[language].values()) + smooth * len(places) for language in languages])
    table = np.full((len(places) + 1, len(languages)), smooth)
    for column, language in enumerate(languages):
        own = counts[language]
        table[[places[piece] for piece in own], column] += list(own.values())
    return LanguageEvidence(languages, places, np.log(table / totals))


@cache
def word_lists() -> dict[str, tuple[str, ...]]:
    """Common words by language (`nlp/data/languages.yaml`)."""
    return {code: tuple(written.split()) for code, written in read_data("languages.yaml")["words"].items()}


@cache
def _listed_words() -> LanguageEvidence:
    """What they say of pieces of words: counted once a process, not for each programme."""
    return _likelihoods({code: _count(words) for code, words in word_lists().items()})


@cache
def _open_langid() -> LanguageIdentifier:
    """Unpacking its model takes half a second: once a process."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


class Identifier:
    """Names the language of texts. Give it the programme's languages to choose among them only."""

    def __init__(self, languages: Sequence[str] = (), evidence: LanguageEvidence | None = None) -> None:
        data = read_data("languages.yaml")
        self._macro: dict[str, str] = data["macro"]
        self._langid = _open_langid()
        self._chosen = tuple(languages)
        self._evidence = evidence
        taught = [code for code in self._langid.labels if code not in data["never"]]
        self._codes = sorted({self._macro.get(code, code) for code in taught} | set(word_lists()) | set(languages))
        self._place = {code: place for place, code in enumerate(self._codes)}
        self._place_of_label = {code: self._place[self._macro.get(code, code)] for code in taught}
        self._heard: dict[str, list[tuple[int, float]]] = {}
        owners = Counter(word for words in word_lists().values() for word in set(words))
        for code, words in word_lists().items():
            for word in set(words):
                self._heard.setdefault(word, []).append((self._place[code], 1 / owners[word]))
        self._letters = {letter: self._place[code] for code, letters in data["letters"].items() for letter in letters}
        self._listed = _listed_words()
        self._listed_places = [self._place[code] for code in self._listed.languages]
        self._untaught = [self._place[code] for code in self._codes if code not in taught]

    def identify(self, text: str) -> tuple[str, float]:
        """BCP 47 code and probability; ("und", probability of the best guess) when that is not enough to go by."""
        words = words_of(text)
        if not words:
            return "und", 0.0
        if self._chosen:
            return self._choose_familiar(words) or self._choose(words)
        chance = _softmax(self._score(words))
        best = int(chance.argmax())
        return (self._codes[best] if chance[best] >= LEAST else "und"), float(chance[best])

    def _score(self, words: list[str]) -> Floats:
        """A log-likelihood for each code: py3langid's, lifted by listed words, letters, and the pieces of both.

        Languages that are never meant are left out here: telling py3langid of them costs a second copy of its model.
        """
        chances = [0.0] * len(self._codes)
        for code, chance in self._langid.rank(" ".join(words)):
            place = self._place_of_label.get(code)
            if place is not None:
                chances[place] += chance
        scores: Floats = np.log(np.maximum(np.divide(chances, max(sum(chances), SOME)), LEAST_CHANCE))
        scores[self._untaught] = scores.max() - UNTAUGHT
        return scores + self._lift(words) / sqrt(len(words))

    def _lift(self, words: list[str]) -> Floats:
        """What listed words, letters and the pieces of both add for each code."""
        pieces = self._listed.weigh(words) * RESEMBLANCE
        lift: Floats = np.full(len(self._codes), pieces.min(axis=1).sum())
        lift[self._listed_places] = pieces.sum(axis=0)
        for word in words:
            for place, share in self._heard.get(word, ()):
                lift[place] += LIFT * share
            if not self._letters.keys().isdisjoint(word):
                for letter in word:
                    if letter in self._letters:
                        lift[self._letters[letter]] += LIFT / 2
        return lift

    def _choose_familiar(self, words: list[str]) -> tuple[str, float] | None:
        """The programme's language whose own texts have these words, if that is clear by itself: it mostly is."""
        evidence = self._evidence
        if evidence is None:
            return None
        share, weights = evidence.weigh_all(words)
        if share < FAMILIAR:
            return None
        chance = _softmax(weights)
        best = int(chance.argmax())
        if chance[best] < CLEAR or evidence.languages[best] not in self._chosen:
            return None
        return evidence.languages[best], float(chance[best])

    def _choose(self, words: list[str]) -> tuple[str, float]:
        """Among the programme's languages; none of them when another language is far more likely than each."""
        scores = self._score(words)
        own = np.array([scores[self._place[code]] for code in self._chosen])
        stranger = float(scores.max() - own.max())
        evidence = self._evidence
        if evidence is not None:
            heard = dict(zip(evidence.languages, evidence.weigh_all(words)[1], strict=True))
            least = min(heard.values())
            own = 0.5 * np.maximum(own, own.max() - 3) + np.array([heard.get(code, least) for code in self._chosen])
        chance = _softmax(own)
        best = int(chance.argmax())
        sure = chance[best] >= LEAST and stranger < STRANGER
        return (self._chosen[best] if sure else "und"), float(chance[best])


def _softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max())
    shares: Floats = raised / raised.sum()
    return shares
