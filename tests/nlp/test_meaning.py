"""Sentence models: a small real one, drawn as ONNX from weights made here, read beside the words."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tokenizers import Tokenizer, models, pre_tokenizers

from nlp.features import split
from nlp.meaning import Encoder, NoSentenceModel, find_model
from nlp.training import learn_categories, written_samples
from tests.nlp.village import VILLAGE

ROOT = Path(__file__).parents[2]
SIZE, INNER, HEADS = 16, 32, 2
WORDS = sorted({word for sample in written_samples(VILLAGE) for word in sample.words} | {"mtungi", "we", "buy"})
VOCABULARY = {word: number for number, word in enumerate(["[PAD]", "[UNK]", *WORDS])}


def _weights() -> dict[str, NDArray[np.float32]]:
    random = np.random.default_rng(3)

    def some(*shape: int) -> NDArray[np.float32]:
        return (random.normal(size=shape) * 0.3).astype(np.float32)

    words = some(len(VOCABULARY), SIZE) * 3
    words[VOCABULARY["mtungi"]] = words[VOCABULARY["water"]]  # a word nobody gave an example of means water
    found = {
        "embeddings.word_embeddings.weight": words,
        "embeddings.position_embeddings.weight": some(64, SIZE) * 0.1,
        "embeddings.token_type_embeddings.weight": some(2, SIZE),
    }
    dense = {"attention.self.query": (SIZE, SIZE), "attention.self.key": (SIZE, SIZE)}
    dense |= {"attention.self.value": (SIZE, SIZE), "attention.output.dense": (SIZE, SIZE)}
    dense |= {"intermediate.dense": (INNER, SIZE), "output.dense": (SIZE, INNER)}
    for name, shape in dense.items():
        found[f"encoder.layer.0.{name}.weight"] = some(*shape)
        found[f"encoder.layer.0.{name}.bias"] = some(shape[0])
    for name in ("embeddings", "encoder.layer.0.attention.output", "encoder.layer.0.output"):
        found[f"{name}.LayerNorm.weight"] = np.ones(SIZE, dtype=np.float32)
        found[f"{name}.LayerNorm.bias"] = np.zeros(SIZE, dtype=np.float32)
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model as the tool writes it."""
    source = tmp_path_factory.mktemp("source")
    config = {"model_type": "bert", "num_hidden_layers": 1, "num_attention_heads": HEADS, "hidden_size": SIZE}
    (source / "config.json").write_text(json.dumps(config | {"layer_norm_eps": 1e-12}))
    header, data = {}, b""
    for name, values in _weights().items():
        start = len(data)
        data += values.tobytes()
        header[name] = {"dtype": "F32", "shape": values.shape, "data_offsets": [start, len(data)]}
    told = json.dumps(header).encode()
    (source / "model.safetensors").write_bytes(struct.pack("<Q", len(told)) + told + data)
    tokenizer = Tokenizer(models.WordLevel(VOCABULARY, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(source / "tokenizer.json"))
    target = source / "onnx folder"
    subprocess.run([sys.executable, "-m", "tools.sentence_model", source, target], check=True, cwd=ROOT)
    return target


def _by_hand(text: str) -> NDArray[np.float32]:
    """The same network in numpy."""
    given = _weights()

    def dense(x: NDArray[np.float32], name: str) -> NDArray[np.float32]:
        return x @ given[f"encoder.layer.0.{name}.weight"].T + given[f"encoder.layer.0.{name}.bias"]

    def normal(x: NDArray[np.float32]) -> NDArray[np.float32]:
        return (x - x.mean(axis=-1, keepdims=True)) / np.sqrt(x.var(axis=-1, keepdims=True) + 1e-12)

    ids = [VOCABULARY.get(word, 1) for word in text.split()]
    x = given["embeddings.word_embeddings.weight"][ids] + given["embeddings.token_type_embeddings.weight"][0]
    x = normal(x + given["embeddings.position_embeddings.weight"][: len(ids)])
    heads = []
    for part in np.split(np.arange(SIZE), HEADS):
        query, key, value = (dense(x, f"attention.self.{name}")[:, part] for name in ("query", "key", "value"))
        raised = np.exp(query @ key.T / np.sqrt(SIZE / HEADS))
        heads.append(raised / raised.sum(axis=1, keepdims=True) @ value)
    x = normal(x + dense(np.hstack(heads), "attention.output.dense"))
    inner = dense(x, "intermediate.dense")
    from scipy.special import erf

    x = normal(x + dense(inner * (1 + erf(inner / np.sqrt(2))) / 2, "output.dense"))
    mean = x.mean(axis=0)
    return mean / np.linalg.norm(mean)


def test_the_drawn_network_computes_what_the_weights_say(folder: Path) -> None:
    texts = ["no water since monday", "the tap", "hakuna stima tangu jana usiku"]
    assert np.abs(Encoder(folder)(texts) - [_by_hand(text) for text in texts]).max() < 1e-4


def test_a_text_is_encoded_alike_alone_and_among_others(folder: Path) -> None:
    encoder = Encoder(folder)
    texts = ["water", "no water in the tap since the whole week", "", "stima"]
    assert np.abs(encoder(texts) - np.concatenate([encoder([text]) for text in texts])).max() < 1e-5


def test_a_word_nobody_gave_an_example_of_is_understood_by_its_meaning(folder: Path) -> None:
    text = "mtungi"
    chances = []
    for sentences in ("", str(folder)):
        classifier = learn_categories(replace(VILLAGE, sentences=sentences))
        assert classifier is not None
        chances.append(classifier.scores([split(text)], [text])[0, classifier.codes.index("water")])
    assert chances[1] > 2 * chances[0]


def test_what_is_missing_is_named(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoSentenceModel, match=r"must hold model\.onnx"):
        find_model(tmp_path)
    for name in ("model.onnx", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(NoSentenceModel, match="cannot be opened"):
        Encoder(tmp_path)
    monkeypatch.setattr("nlp.meaning.LIBRARIES", ("onnxruntime", "not_installed_anywhere"))
    with pytest.raises(NoSentenceModel, match=r"pip install 'answerable\[embeddings\]'"):
        find_model(folder)
