"""Texts as rows of counted features."""

from __future__ import annotations

from nlp.counted import Counted
from nlp.rulebook import Rulebook

TEXTS = ["no water, no water at all", "पानी नहीं", ""]


def test_a_row_holds_how_often_each_feature_is_said() -> None:
    names, matrix = Counted(Rulebook("sensitive.yaml", ("en",))).matrix(TEXTS)
    said = dict(zip(names, matrix.toarray()[0], strict=True))
    # A word counts once, with its pieces; words together as often as they are said.
    assert (said["w:water"], said["p:no water"]) == (1, 2)
    assert matrix.shape == (3, len(names)) and not matrix.toarray()[2].any()


def test_what_was_counted_before_changes_nothing() -> None:
    rules = Rulebook("sensitive.yaml", ("en",))
    fresh, used = Counted(rules), Counted(rules)
    used.matrix(["water at all times", "no way"])
    names, matrix = fresh.matrix(TEXTS)
    again, same = used.matrix(TEXTS)
    assert names == again and (matrix != same).nnz == 0 and (matrix.indices == same.indices).all()
