"""`python -m tools.sentence_model FOLDER OUT`: a BERT sentence model as safetensors, written as an ONNX folder.

Some packages carry a sentence model for PyTorch only (config.json, model.safetensors, tokenizer.json). This draws the same
network in ONNX with numpy and `onnx` alone, so that SENTENCE_MODEL can read it. Needs `pip install onnx`.
"""

from __future__ import annotations

import json
import shutil
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

OPSET = 20


def main() -> None:
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    config = json.loads((source / "config.json").read_text())
    if config.get("model_type") != "bert":
        raise SystemExit(f"{source} holds a {config.get('model_type')} model; only bert is known here.")
    target.mkdir(parents=True, exist_ok=True)
    (target / "model.onnx").write_bytes(Drawing(config, tensors(source / "model.safetensors")).draw())
    shutil.copy(source / "tokenizer.json", target)


def tensors(path: Path) -> dict[str, NDArray[Any]]:
    """The float32 tensors of a safetensors file: eight bytes of length, a JSON header, the data."""
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    found = {}
    for name, entry in json.loads(content[8 : 8 + length]).items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            start, end = (8 + length + offset for offset in entry["data_offsets"])
            found[name] = np.frombuffer(content[start:end], dtype=np.float32).reshape(entry["shape"])
    return found


class Drawing:
    """A graph that grows node by node; each method returns the name of what it adds."""

    def __init__(self, config: dict[str, Any], weights: dict[str, NDArray[Any]]) -> None:
        from onnx import helper, numpy_helper

        self.helper, self.numpy_helper = helper, numpy_helper
        self.config, self.weights = config, weights
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def draw(self) -> bytes:
        from onnx import TensorProto

        x = self.embeddings()
        self.node("Cast", "attention_mask", to=TensorProto.FLOAT, name="seen")
        self.node("Unsqueeze", "seen", self.constant(np.array([1, 2])), name="wide")
        off = self.node("Sub", self.constant(np.float32(1)), "wide")
        self.node("Mul", off, self.constant(np.float32(-10000)), name="mask")
        for layer in range(self.config["num_hidden_layers"]):
            x = self.layer(x, f"encoder.layer.{layer}")
        self.node("Identity", x, name="last_hidden_state")
        ints = [
            self.helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"])
            for name in ("input_ids", "attention_mask", "token_type_ids")
        ]
        out = self.helper.make_tensor_value_info(
            "last_hidden_state", TensorProto.FLOAT, ["texts", "tokens", self.config["hidden_size"]]
        )
        graph = self.helper.make_graph(self.nodes, "bert", ints, [out], self.constants)
        model = self.helper.make_model(graph, opset_imports=[self.helper.make_opsetid("", OPSET)], ir_version=9)
        content: bytes = model.SerializeToString()
        return content

    def node(self, operator: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        name = name or f"n{len(self.nodes)}"
        self.nodes.append(self.helper.make_node(operator, list(inputs), [name], **attributes))
        return name

    def constant(self, value: Any) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(self.numpy_helper.from_array(np.ascontiguousarray(value).reshape(np.shape(value)), name))
        return name

    def weight(self, name: str) -> str:
        return self.constant(self.weights[name])

    def dense(self, x: str, name: str) -> str:
        product = self.node("MatMul", x, self.constant(self.weights[f"{name}.weight"].T))
        return self.node("Add", product, self.weight(f"{name}.bias"))

    def normal(self, x: str, name: str) -> str:
        weights = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.node("LayerNormalization", x, *weights, axis=-1, epsilon=self.config["layer_norm_eps"])

    def embeddings(self) -> str:
        words = self.node("Gather", self.weight("embeddings.word_embeddings.weight"), "input_ids")
        kinds = self.node("Gather", self.weight("embeddings.token_type_embeddings.weight"), "token_type_ids")
        length = self.node("Gather", self.node("Shape", "input_ids"), self.constant(np.array(1)))
        places = self.node("Range", self.constant(np.array(0)), length, self.constant(np.array(1)))
        spots = self.node("Gather", self.weight("embeddings.position_embeddings.weight"), places)
        total = self.node("Add", self.node("Add", words, kinds), spots)
        return self.normal(total, "embeddings.LayerNorm")

    def heads(self, x: str, turn: list[int]) -> str:
        heads = self.config["num_attention_heads"]
        shape = self.constant(np.array([0, 0, heads, self.config["hidden_size"] // heads]))
        return self.node("Transpose", self.node("Reshape", x, shape), perm=turn)

    def layer(self, x: str, name: str) -> str:
        attention = f"{name}.attention"
        query = self.heads(self.dense(x, f"{attention}.self.query"), [0, 2, 1, 3])
        key = self.heads(self.dense(x, f"{attention}.self.key"), [0, 2, 3, 1])
        value = self.heads(self.dense(x, f"{attention}.self.value"), [0, 2, 1, 3])
        size = self.config["hidden_size"] // self.config["num_attention_heads"]
        scores = self.node("Mul", self.node("MatMul", query, key), self.constant(np.float32(size**-0.5)))
        shares = self.node("Softmax", self.node("Add", scores, "mask"), axis=-1)
        heard = self.node("Transpose", self.node("MatMul", shares, value), perm=[0, 2, 1, 3])
        heard = self.node("Reshape", heard, self.constant(np.array([0, 0, self.config["hidden_size"]])))
        said = self.dense(heard, f"{attention}.output.dense")
        x = self.normal(self.node("Add", x, said), f"{attention}.output.LayerNorm")
        inner = self.node("Gelu", self.dense(x, f"{name}.intermediate.dense"))
        outer = self.dense(inner, f"{name}.output.dense")
        return self.normal(self.node("Add", x, outer), f"{name}.output.LayerNorm")


if __name__ == "__main__":
    main()
