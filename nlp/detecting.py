"""Learning detectors (`nlp/detector.py`) from invented accounts and ordinary texts, `nlp/data/told.yaml`, `danger.yaml` and
`alarm.yaml`.

A kind with many accounts (told.yaml) has a detector of its own. The others (danger.yaml) share one: how somebody is wronged by
those who should help is told alike whatever the wrong, and few accounts a kind are enough to say then which it is. Ordinary are
also what the service is greeted with (`nlp/data/unclear.yaml`) and the programme's own examples of what is not sensitive. One
logistic regression a kind; what stands in one text only is left out, but for words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

import numpy as np
from scipy.sparse import diags_array

from nlp.counted import Counted
from nlp.detector import Detector
from nlp.knowledge import Knowledge
from nlp.lexicon import languages_of, read_data
from nlp.rulebook import rulebook_for

SHARED = "danger"
"""The name of the detector that several kinds share."""

MORE_DOUBT = 0.95
"""How much surer than another the shared one must be, in log odds: it has fewer accounts to go by."""

JOINED = 5
"""So many ordinary texts are also learned from as one: accounts are short, and no text is to sound like one for its length."""

ALARM_DOUBT = 0.1
"""How much surer that of what is urgent must be: who is called for nothing comes later the next time."""

STRENGTH = 0.005
COUNTS = {"w": 1.0, "c": 0.4, "p": 0.8, "s": 0.5, "g": 0.5}
"""How much a feature counts beside others, by its kind: a word has many pieces, and a group has rules of its own."""

DOUBT = 0.35
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
    counted_for.cache_clear()
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
    counted_for.cache_clear()
    spoken = languages_of(knowledge.languages, read_data("alarm.yaml")["urgent"])
    return replace(alarm, bias=alarm.bias - ALARM_DOUBT, spoken=spoken)


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

    texts = (*accounts, *ordinary)
    names, matrix = counted_for(rulebook, languages).matrix(texts)
    texts_with = np.bincount(matrix.indices)
    is_word = np.fromiter((name[0] == "w" for name in names), dtype=bool, count=len(names))
    kept = np.flatnonzero((texts_with > 1) | is_word)
    kinds = np.array([COUNTS[names[column][0]] for column in kept])
    counts = kinds * (np.log((1 + len(texts)) / (1 + texts_with[kept])) + 1)  # the inverse document frequency
    truth = np.arange(len(texts)) < len(accounts)
    model = LogisticRegression(C=STRENGTH, solver="liblinear", class_weight="balanced", random_state=0)
    model.fit(matrix[:, kept] @ diags_array(counts), truth)
    weights = (model.coef_[0] * counts).round(4).tolist()
    heard = {names[column]: weight for column, weight in zip(kept, weights, strict=True) if weight}
    return Detector(kind, heard, round(float(model.intercept_[0]) - DOUBT, 4))


@lru_cache(maxsize=2)
def counted_for(rulebook: str, languages: tuple[str, ...]) -> Counted:
    """Remembered while detectors are learned, as several learn from the same texts."""
    return Counted(rulebook_for(rulebook, languages))
