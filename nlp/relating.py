"""What the scores of all categories say together: "food" and "water" speak for "aid", "weather" alone speaks against it.

A small network reads one linear score a category and gives better ones (stacking: Wolpert 1992,
https://doi.org/10.1016/S0893-6080(05)80023-1). It is trained on scores of texts that their regressions had not seen, and
begins as a network that leaves the scores as they are: a category with few texts stays close to its own score.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

NETWORKS = 3
"""How many are averaged: each starts from other random numbers, and together they err less."""

HIDDEN = 128
ROUNDS = 25
BATCH = 128
SPEED = 0.005
DROPPED = 0.3
"""The share of hidden units left out at random at each step of training, so that none relies on another."""

LEAST_SPREAD = 0.3
"""Scores that hardly differ are not blown up: the whole regressions score a little otherwise than those of the folds."""

PULL = 30.0
"""How many texts must speak for leaving the scores as they are before that counts as much as staying."""

MOMENTUM, MEMORY = 0.9, 0.999


@dataclass(frozen=True)
class _Network:
    """A hidden layer beside a direct way from each score to each."""

    inward: Floats
    inward_bias: Floats
    outward: Floats
    outward_bias: Floats
    direct: Floats

    def __call__(self, standard: Floats) -> Floats:
        hidden = np.maximum(standard @ self.inward + self.inward_bias, 0)
        found: Floats = hidden @ self.outward + standard @ self.direct + self.outward_bias
        return found

    def blind_to(self, further: int) -> _Network:
        """The same network, given so many further scores that it does not read."""
        added = ((0, further), (0, 0))
        return replace(self, inward=np.pad(self.inward, added), direct=np.pad(self.direct, added))


@dataclass(frozen=True)
class Relation:
    """Turns linear scores (texts x categories) into better ones, whose logistic function is a probability."""

    centre: Floats
    spread: Floats
    networks: tuple[_Network, ...]

    def __call__(self, linear: NDArray[np.floating[Any]]) -> Floats:
        standard = ((linear - self.centre) / self.spread).astype(np.float32)
        found: Floats = np.mean([network(standard) for network in self.networks], axis=0)
        return found


def learn_relation(linear: NDArray[np.floating[Any]], truth: NDArray[np.bool_]) -> Relation:
    """From scores of texts unseen by what scored them, and what the texts are about (both texts x categories). Where there
    are several scores a category, those of each kind stand side by side in all columns; it begins with their mean, and as many
    networks again read the first kind alone, for what the others say of rare categories is noise to them. The same input gives
    the same relation."""
    centre = linear.mean(axis=0).astype(np.float32)
    spread = np.maximum(linear.std(axis=0), LEAST_SPREAD).astype(np.float32)
    standard = ((linear - centre) / spread).astype(np.float32)
    given, size = linear.shape[1], truth.shape[1]
    networks: list[_Network] = []
    for seen in dict.fromkeys((given, size)):
        kinds = seen // size
        direct = np.concatenate([np.diag(part) for part in np.split(spread[:seen], kinds)]) / kinds
        start = direct.astype(np.float32), np.mean(np.split(centre[:seen], kinds), axis=0)
        for seed in range(NETWORKS):
            network = _train(standard[:, :seen], truth.astype(np.float32), start, seed)
            networks.append(network.blind_to(given - seen))
    return Relation(centre, spread, tuple(networks))


def _train(standard: Floats, truth: Floats, start: tuple[Floats, Floats], seed: int) -> _Network:
    """Adam (Kingma and Ba 2015, https://arxiv.org/abs/1412.6980) on the log loss, slowing to a halt. It begins at the scores
    as they are (`start`: the direct way and its bias) and is held there where few texts speak for leaving."""
    random = np.random.default_rng(seed)
    given, size = standard.shape[1], truth.shape[1]
    direct, bias = start
    layers = [
        (random.normal(size=(given, HIDDEN)) / np.sqrt(given)).astype(np.float32),
        np.zeros(HIDDEN, dtype=np.float32),
        (random.normal(size=(HIDDEN, size)) * 0.05).astype(np.float32),
        bias.copy(),
        direct.copy(),
    ]
    begin = [np.zeros(1), np.zeros(1), np.zeros(1), bias, direct]
    mean = [np.zeros_like(layer) for layer in layers]
    square = [np.zeros_like(layer) for layer in layers]
    pull = PULL / len(truth)
    steps = ROUNDS * -(-len(truth) // BATCH)
    for step, rows in enumerate(_batches(len(truth), random), start=1):
        slopes = _slopes(layers, standard[rows], truth[rows], random)
        rate = SPEED * (1 - step / (steps + 1))
        for layer, origin, first, second, slope in zip(layers, begin, mean, square, slopes, strict=True):
            downhill = slope + pull * (layer - origin)
            first += (1 - MOMENTUM) * (downhill - first)
            second += (1 - MEMORY) * (downhill**2 - second)
            size_of_step = np.sqrt(second / (1 - MEMORY**step)) + 1e-8
            layer -= rate * (first / (1 - MOMENTUM**step)) / size_of_step
    return _Network(*layers)


def _batches(texts: int, random: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    for _ in range(ROUNDS):
        order = random.permutation(texts)
        for start in range(0, texts, BATCH):
            yield order[start : start + BATCH]


def _slopes(layers: list[Floats], standard: Floats, truth: Floats, random: np.random.Generator) -> list[Floats]:
    """The gradient of the mean log loss of a batch, in the order of the layers."""
    inward, inward_bias, outward, outward_bias, direct = layers
    before = standard @ inward + inward_bias
    kept = (random.random(before.shape, dtype=np.float32) > DROPPED).astype(np.float32) / np.float32(1 - DROPPED)
    hidden = np.maximum(before, 0) * kept
    linear = hidden @ outward + standard @ direct + outward_bias
    wrong = (1 / (1 + np.exp(-np.clip(linear, -30, 30))) - truth) / np.float32(len(truth))
    back = (wrong @ outward.T) * kept * (before > 0)
    return [standard.T @ back, back.sum(axis=0), hidden.T @ wrong, wrong.sum(axis=0), standard.T @ wrong]
