"""Negations and denials: what a rule's match is worth when somebody says that it was not so."""

from __future__ import annotations

import pytest

from nlp.fold import words
from nlp.rulebook import Rulebook


def _kinds(text: str, *, negated: bool) -> set[str]:
    rules = Rulebook("sensitive.yaml", ())
    return {match.rule.says for match in rules.apply(rules.find(words(text))) if match.negated is negated}


@pytest.mark.parametrize(
    "text",
    [
        "my husband does not beat me",
        "mume wangu hanipigi",  # the negation is in the verb, and what it denies is said nowhere else
        "mera pati mujhe marta nahi",
        "mari m pa bat mwen",
        "mon mari ne me frappe jamais",
    ],
)
def test_a_denied_blow_is_no_blow(text: str) -> None:
    assert not _kinds(text, negated=False)


@pytest.mark.parametrize("text", ["घूस नहीं मांगी", "hatukuitishwa hongo", "nobody asked us for a bribe"])
def test_a_demand_is_denied_wherever_the_negation_stands(text: str) -> None:
    assert _kinds(text, negated=True) == {"corruption"}
    assert not _kinds(text, negated=False)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("he did not stop beating his wife", "gender_based_violence"),  # an end that does not come
        ("nobody helps, my husband beats me", "gender_based_violence"),  # another clause
        ("bila sababu polisi walimpiga kijana", "violence"),  # without a reason is not without
        ("I did not give the bribe so they arrested me", "corruption"),  # who gives none was asked for one
        ("my husband does not beat me but he locks me in and burns me", "gender_based_violence"),  # the text turns
        ("no bribe at the clinic. At the chief's office the clerk took a bribe", "corruption"),  # said elsewhere
    ],
)
def test_a_negation_of_something_else_takes_nothing_away(text: str, kind: str) -> None:
    assert kind in _kinds(text, negated=False)


def test_denials_name_groups_that_are_there() -> None:
    rules = Rulebook("sensitive.yaml", ("en",))
    assert set(rules.denials(rules.find(words("we were not asked for money")))) == {"corruption", "staff_misconduct"}
    assert not rules.denials(rules.find(words("why were we not asked for money")))
