"""Relating categories: what the scores of all say about each."""

from __future__ import annotations

import numpy as np

from nlp.classifier import as_probability
from nlp.relating import learn_relation

RANDOM = np.random.default_rng(5)
LINEAR = RANDOM.normal(size=(3000, 4)) * 2
LINEAR[:, 3] = -4.0
TRUTH = np.stack(
    [LINEAR[:, 0] > 0, (LINEAR[:, 0] > 0) != (LINEAR[:, 2] > 0), LINEAR[:, 2] > 1, np.zeros(3000)], axis=1
).astype(bool)
SEEN, UNSEEN = slice(2000), slice(2000, 3000)


def test_a_category_is_read_off_the_scores_of_others() -> None:
    """The second is about exactly one of the first and the third, which no sum of scores can say."""
    said = as_probability(learn_relation(LINEAR[SEEN], TRUTH[SEEN])(LINEAR[UNSEEN])) >= 0.5
    assert (said == TRUTH[UNSEEN]).mean(axis=0).min() > 0.9


def test_a_category_nobody_has_given_stays_unlikely() -> None:
    chance = as_probability(learn_relation(LINEAR[SEEN], TRUTH[SEEN])(LINEAR[UNSEEN]))
    assert chance[:, 3].max() < 0.05


def test_probabilities_mean_what_they_say() -> None:
    noisy = RANDOM.random(3000) < as_probability(LINEAR[:, 0])
    alone = LINEAR[:, :1]
    chance = as_probability(learn_relation(alone[SEEN], noisy[SEEN, None])(alone[UNSEEN]))[:, 0]
    likely = chance >= 0.7
    assert abs(noisy[UNSEEN][likely].mean() - chance[likely].mean()) < 0.06


def test_the_same_scores_give_the_same_relation() -> None:
    one, other = (learn_relation(LINEAR[:500], TRUTH[:500])(LINEAR[:9]) for _ in range(2))
    assert (one == other).all()


def test_a_score_that_hardly_differed_tells_little_when_it_does() -> None:
    linear = LINEAR + RANDOM.normal(size=LINEAR.shape) * np.array([0, 0, 0, 0.001])
    relation = learn_relation(linear[SEEN], TRUTH[SEEN])
    moved = linear[UNSEEN] + np.array([0, 0, 0, 0.3])
    assert np.abs(as_probability(relation(moved)) - as_probability(relation(linear[UNSEEN]))).max() < 0.4


def test_a_second_kind_of_score_is_heard_but_not_by_all() -> None:
    """The second kind alone knows the truth here: it must be heard, and half of the networks read the first kind alone."""
    noise = RANDOM.normal(size=LINEAR.shape)
    side_by_side = np.hstack([noise, LINEAR])
    relation = learn_relation(side_by_side[SEEN], TRUTH[SEEN])
    said = relation(side_by_side[UNSEEN])[:, 0] >= 0
    assert (said == TRUTH[UNSEEN, 0]).mean() > 0.9
    silenced = np.hstack([noise, np.zeros_like(LINEAR)])
    moved = [
        np.abs(one(side_by_side.astype(np.float32)) - one(silenced.astype(np.float32))) for one in relation.networks
    ]
    assert [float(change.max()) > 0 for change in moved] == [True] * 3 + [False] * 3
