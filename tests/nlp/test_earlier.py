"""A person's earlier places settle which of several places of one name is meant, and nothing else."""

from __future__ import annotations

from dataclasses import replace

from nlp.analysis import Analysis, Candidate, Location, Mention
from nlp.earlier import with_earlier

NORTH, SOUTH = (-1.30, 36.80), (-1.20, 36.90)


def _unclear() -> Analysis:
    meanings = tuple(
        Candidate("Soweto", *at, "village", 0.45, area) for at, area in ((NORTH, "north"), (SOUTH, "south"))
    )
    return Analysis(places=(Mention("Soweto", 12, 18, meanings),))


def test_the_place_near_earlier_ones_is_meant() -> None:
    found = with_earlier(_unclear(), [(-1.201, 36.899)])
    assert found.location is not None and found.location.area == "south"
    assert "earlier accounts" in found.location.why
    assert [candidate.area for candidate in found.places[0].candidates] == ["south", "north"]
    assert sum(candidate.score for candidate in found.places[0].candidates) == 0.9


def test_far_from_both_it_stays_unclear() -> None:
    assert with_earlier(_unclear(), [(-1.0, 37.2)]).location is None


def test_nothing_named_stays_nowhere() -> None:
    assert with_earlier(Analysis(), [NORTH]) == Analysis()


def test_a_clear_answer_is_not_changed() -> None:
    clear = replace(_unclear(), location=Location("Soweto", *NORTH, 1.0, 0.9, "names it", "north"))
    assert with_earlier(clear, [SOUTH]) == clear
    assert with_earlier(_unclear(), []) == _unclear()
