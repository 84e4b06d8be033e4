"""Optional: sentence embeddings from a local ONNX model folder, a second view of what a text is about. Never needed.

The folder is what exporters write: `model.onnx` (or `onnx/model.onnx`) and `tokenizer.json`. The extra `embeddings` brings
the libraries that run it. Texts are encoded as they are written, after masking; nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

LIBRARIES = ("onnxruntime", "tokenizers")

LONGEST = 128
"""Tokens of a text that are read."""

BATCH = 32
STRENGTH = 2.0
"""C of the regressions on embeddings, whose columns are brought to the same spread first, so that a text has length one."""


class NoSentenceModel(Exception):
    """The sentence model cannot be used; the message says why and what to do."""


def find_model(folder: Path) -> tuple[Path, Path]:
    """The files of a folder's model and tokenizer. NoSentenceModel when the extra is not installed, or one is missing."""
    if not all(map(find_spec, LIBRARIES)):
        raise NoSentenceModel("SENTENCE_MODEL needs more to be installed: pip install 'answerable[embeddings]'")
    found = [path for name in ("model.onnx", "onnx/model.onnx") if (path := folder / name).is_file()]
    tokenizer = folder / "tokenizer.json"
    if not found or not tokenizer.is_file():
        raise NoSentenceModel(f"SENTENCE_MODEL={folder} must hold model.onnx (or onnx/model.onnx) and tokenizer.json")
    return found[0], tokenizer


class Encoder:
    """A sentence model: texts in, unit vectors out."""

    def __init__(self, folder: Path) -> None:
        """NoSentenceModel when there is none in the folder, or it cannot be opened."""
        model, tokenizer = find_model(folder)
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # one process is one core
        try:
            self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
            self._tokenizer = Tokenizer.from_file(str(tokenizer))
        except Exception as error:
            raise NoSentenceModel(f"SENTENCE_MODEL={folder} cannot be opened: {type(error).__name__}") from None
        self._tokenizer.enable_truncation(LONGEST)
        self._tokenizer.enable_padding()
        self._inputs = {one.name for one in self._session.get_inputs()}

    def __call__(self, texts: Sequence[str]) -> Floats:
        """Texts x dimensions: the mean of the tokens' vectors (or the sentence's, where the model gives that), of length one."""
        if not texts:
            raise ValueError("no texts to encode")
        rows = []
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))  # alike in length: little padding
        for start in range(0, len(order), BATCH):
            rows.append(self._encode([texts[at] for at in order[start : start + BATCH]]))
        back = np.empty(len(order), dtype=np.int64)
        back[order] = np.arange(len(order))
        found: Floats = np.concatenate(rows)[back]
        return found

    def _encode(self, texts: list[str]) -> Floats:
        encoded = self._tokenizer.encode_batch(texts)
        mask = np.array([one.attention_mask for one in encoded], dtype=np.int64)
        given: dict[str, Any] = {
            "input_ids": np.array([one.ids for one in encoded], dtype=np.int64),
            "attention_mask": mask,
            "token_type_ids": np.array([one.type_ids for one in encoded], dtype=np.int64),
        }
        (hidden, *_) = self._session.run(None, {name: given[name] for name in given.keys() & self._inputs})
        if hidden.ndim == 3:
            hidden = (hidden * mask[:, :, None]).sum(axis=1) / np.maximum(mask.sum(axis=1, keepdims=True), 1)
        unit: Floats = (hidden / np.maximum(np.linalg.norm(hidden, axis=1, keepdims=True), 1e-9)).astype(np.float32)
        return unit


@lru_cache(maxsize=2)
def open_encoder(folder: str) -> Encoder:
    """The sentence model of a folder, opened once a process."""
    return Encoder(Path(folder))


@dataclass(frozen=True)
class View:
    """One linear score a category from the embedding; `centre` and `spread` standardise its columns."""

    centre: Floats
    spread: Floats
    weights: Floats
    bias: Floats

    def __call__(self, embedded: Floats) -> Floats:
        standard: Floats = (embedded - self.centre) / self.spread
        return standard @ self.weights + self.bias

    def scaled(self, by: NDArray[np.floating[Any]]) -> View:
        """The same with each category's scores times a number."""
        return replace(self, weights=(self.weights * by).astype(np.float32), bias=(self.bias * by).astype(np.float32))


def learn_view(embedded: Floats, truth: NDArray[np.bool_], weight: NDArray[np.float64]) -> View:
    """A logistic regression for each category (columns of `truth`) on embeddings, all fitted together."""
    from scipy.optimize import minimize

    centre: Floats = embedded.mean(axis=0, dtype=np.float32)
    spread = np.maximum(embedded.std(axis=0), 1e-6).astype(np.float32)
    even = (embedded - centre) / spread / np.float32(np.sqrt(embedded.shape[1]))
    standard = np.hstack([even, np.ones((len(embedded), 1))]).astype(np.float32)
    shape = standard.shape[1], truth.shape[1]
    share = weight[:, None].astype(np.float32)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = flat.reshape(shape)
        linear = standard @ weights.astype(np.float32)
        wrong = (1 / (1 + np.exp(-np.clip(linear, -30, 30))) - truth) * share
        entropy = float((share * (np.logaddexp(0, linear) - truth * linear)).sum())
        free = weights.copy()
        free[-1] = 0  # a category may be as rare as it is
        slope = standard.T @ wrong + free / STRENGTH
        return entropy + float((free**2).sum()) / (2 * STRENGTH), slope.ravel().astype(np.float64)

    fitted = minimize(loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": 100})
    weights = fitted.x.reshape(shape).astype(np.float32)
    return View(centre, spread, weights[:-1] / np.float32(np.sqrt(embedded.shape[1])), weights[-1])
