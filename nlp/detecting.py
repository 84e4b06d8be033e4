"""Learning detectors (`nlp/detector.py`) from invented accounts and ordinary texts, `nlp/data/told.yaml`, `danger.yaml` and
`alarm.yaml`.

A kind with many accounts (told.yaml) has a detector of its own. The others (danger.yaml) share one: how somebody is wronged by
those who should help is told alike whatever the wrong, and few accounts a kind are enough to say then which it is. Ordinary are
also what the service is greeted with (`nlp/data/unclear.yaml`) and the programme's own examples of what is not sensitive. One
logistic regression a kind; what stands in one text only is left out, but for words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from math import log

import numpy as np
from scipy.sparse import csr_matrix

from nlp.detector import Detector, group_features, pair_features, word_features
from nlp.features import level
from nlp.fold import words
from nlp.knowledge import Knowledge
from nlp.lexicon import languages_of, read_data
from nlp.rulebook import Rulebook

SHARED = "danger"
"""The name of the detector that several kinds share."""

MORE_DOUBT = 0.75
"""How much surer than another the shared one must be, in log odds: it has fewer accounts to go by."""

JOINED = 5
"""So many ordinary texts are also learned from as one: accounts are short, and no text is to sound like one for its length."""

STRENGTH = 0.005
COUNTS = {"w": 1.0, "c": 0.4, "p": 0.8, "s": 0.5, "g": 0.5}
"""How much a feature counts beside others, by its kind: a word has many pieces, and a group has rules of its own."""

DOUBT = 0.45
"""From how many log odds on a text is more likely than not one to be read by trained people. Above 0, as the regression takes
accounts to be as frequent as ordinary texts. STRENGTH, COUNTS and DOUBT were chosen on examples held back, and so that few
messages from disasters are flagged (`python -m benchmarks.understanding`)."""


def learn_detectors(knowledge: Knowledge) -> tuple[Detector, ...]:
    """One for each kind with many accounts and one for all others, from those in the programme's languages."""
    ordinary = ordinary_texts(knowledge)
    alone = tuple(
        learn_detector(kind, account_texts(kind, knowledge), ordinary, knowledge.languages)
        for kind in read_data("told.yaml")["accounts"]
    )
    others = ordinary + _in_languages(knowledge, read_data("danger.yaml")["ordinary"])
    shared = learn_shared(shared_accounts(knowledge), others, knowledge.languages)
    _counted.cache_clear()
    spoken = languages_of(knowledge.languages, read_data("told.yaml")["ordinary"])
    return tuple(replace(detector, spoken=spoken) for detector in (*alone, shared))


def learn_shared(
    accounts: Mapping[str, tuple[str, ...]], ordinary: tuple[str, ...], languages: tuple[str, ...]
) -> Detector:
    """One detector for accounts of several kinds, which tells the kinds from each other once it hears something."""
    every = tuple(text for own in accounts.values() for text in own)
    among = tuple(
        learn_detector(kind, own, tuple(text for text in every if text not in own), languages)
        for kind, own in accounts.items()
    )
    shared = learn_detector(SHARED, every, ordinary + _joined(ordinary), languages)
    return replace(shared, bias=shared.bias - MORE_DOUBT, among=among)


def _joined(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(" ".join(texts[at : at + JOINED]) for at in range(0, len(texts), JOINED))


def shared_accounts(knowledge: Knowledge) -> dict[str, tuple[str, ...]]:
    """By kind, the accounts of those with few, in the programme's languages."""
    return {kind: account_texts(kind, knowledge) for kind in read_data("danger.yaml")["accounts"]}


def account_texts(kind: str, knowledge: Knowledge) -> tuple[str, ...]:
    """Accounts of a kind, in the programme's languages."""
    accounts = read_data("told.yaml")["accounts"] | read_data("danger.yaml")["accounts"]
    return _in_languages(knowledge, accounts[kind])


def ordinary_texts(knowledge: Knowledge) -> tuple[str, ...]:
    """Texts that nobody needs to be careful with, in the programme's languages. Those of danger.yaml are for its kinds alone:
    they outnumber the accounts of a kind that has its own detector, which then hears fewer."""
    examples = (
        text
        for category in knowledge.categories
        if not category.sensitive
        for spoken in category.examples.values()
        for text in spoken
    )
    written = (read_data("told.yaml")["ordinary"], read_data("unclear.yaml"))
    return (*(text for spoken in written for text in _in_languages(knowledge, spoken)), *examples)


def _in_languages(knowledge: Knowledge, spoken: dict[str, list[str]]) -> tuple[str, ...]:
    return tuple(text for code in languages_of(knowledge.languages, spoken) for text in spoken[code])


def learn_alarm(knowledge: Knowledge) -> Detector:
    """The detector of what is urgent, in the programme's languages."""
    urgent, calm = alarm_texts(knowledge)
    calm += _in_languages(knowledge, read_data("unclear.yaml"))
    alarm = learn_detector("urgent", urgent, calm + _joined(calm), knowledge.languages, "urgent.yaml")
    _counted.cache_clear()
    return replace(alarm, spoken=languages_of(knowledge.languages, read_data("alarm.yaml")["urgent"]))


def alarm_texts(knowledge: Knowledge) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Texts that are urgent, and texts that are not though they may sound so, in the programme's languages."""
    told = read_data("alarm.yaml")
    return _in_languages(knowledge, told["urgent"]), _in_languages(knowledge, told["calm"])


@lru_cache(maxsize=64)
def learn_detector(
    kind: str,
    accounts: tuple[str, ...],
    ordinary: tuple[str, ...],
    languages: tuple[str, ...],
    rulebook: str = "sensitive.yaml",
) -> Detector:
    """The detector of a kind from texts that are and texts that are not of it. Remembered, as each training of a programme
    asks for the same."""
    from sklearn.linear_model import LogisticRegression  # heavy to import, and only training needs it

    counted = [_counted(text, rulebook, languages) for text in (*accounts, *ordinary)]
    texts_with = Counter(feature for features in counted for feature in features)
    names = sorted(feature for feature, count in texts_with.items() if count > 1 or feature[0] == "w")
    counts = np.array([COUNTS[name[0]] * _rarity(texts_with[name], len(counted)) for name in names])
    matrix = matrix_of(counted, names) @ diagonal(counts)
    truth = np.arange(len(counted)) < len(accounts)
    model = LogisticRegression(C=STRENGTH, solver="liblinear", class_weight="balanced", random_state=0)
    model.fit(matrix, truth)
    weights = (model.coef_[0] * counts).round(4).tolist()
    heard = {name: weight for name, weight in zip(names, weights, strict=True) if weight}
    return Detector(kind, heard, round(float(model.intercept_[0]) - DOUBT, 4))


@cache
def _counted(text: str, rulebook: str, languages: tuple[str, ...]) -> Counter[str]:
    """Remembered while detectors are learned, as several learn from the same texts."""
    return features_of(text, _rules(rulebook, languages))


@lru_cache(maxsize=8)
def _rules(rulebook: str, languages: tuple[str, ...]) -> Rulebook:
    return Rulebook(rulebook, languages)


def features_of(text: str, rules: Rulebook) -> Counter[str]:
    """What a text says, and how often, as a detector hears it."""
    folded = words(text)
    found, leveled = rules.find(folded), level(folded)
    own = Counter(feature for word in set(leveled) for feature in word_features(word))
    own.update([*pair_features(leveled, found), *group_features(found)])
    return own


def _rarity(texts_with: int, texts: int) -> float:
    """The inverse document frequency."""
    return log((1 + texts) / (1 + texts_with)) + 1


def matrix_of(counted: Sequence[Counter[str]], names: Sequence[str]) -> csr_matrix:
    """Texts x features."""
    columns = {name: column for column, name in enumerate(names)}
    # In the order of the columns: that of a set changes from process to process, and with it the last digits of a sum.
    known = [
        dict(sorted((columns[name], count) for name, count in features.items() if name in columns))
        for features in counted
    ]
    ends = np.cumsum([0, *map(len, known)])
    found = np.fromiter((column for row in known for column in row), dtype=np.int32)
    values = np.fromiter((count for row in known for count in row.values()), dtype=np.float64)
    return csr_matrix((values, found, ends), shape=(len(counted), len(names)))


def diagonal(values: np.typing.NDArray[np.float64]) -> csr_matrix:
    """A square matrix with these values, and else nothing."""
    size = np.arange(len(values))
    return csr_matrix((values, (size, size)), shape=(len(values), len(values)))
