"""A descriptor small enough to be made by a test: the means of 4 x 4 fields of a picture."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

SIDE, FIELDS = 32, 4
DIMENSION = 3 * FIELDS * FIELDS

TOML = """\
sha256 = "{sha256}"
metric = "{metric}"
dimension = 48
output = "embedding"

[input]
width = 32
height = 32
{input}

[thresholds]
possible = {possible}
lead = {lead}
author = "A. Tester"
reason = "measured on nothing but tests"
"""


def onnx_model(scale: float = 1.0) -> bytes:
    """Return a model: float32 (1, 3, 32, 32) to (1, 48), averaged and multiplied by ``scale``."""
    from onnx import TensorProto, helper

    picture = helper.make_tensor_value_info("picture", TensorProto.FLOAT, [1, 3, SIDE, SIDE])
    output = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, DIMENSION])
    factor = helper.make_tensor(
        "factor", TensorProto.FLOAT, [1], np.float32(scale).tobytes(), raw=True
    )
    nodes = [
        helper.make_node(
            "AveragePool", ["picture"], ["means"], kernel_shape=[8, 8], strides=[8, 8]
        ),
        helper.make_node("Flatten", ["means"], ["flat"]),
        helper.make_node("Mul", ["flat", "factor"], ["embedding"]),
    ]
    graph = helper.make_graph(nodes, "tiny", [picture], [output], [factor])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    return model.SerializeToString()


def expected(pixels: np.ndarray) -> np.ndarray:
    """Return what the model gives for 32 x 32 pixels of red, green and blue from 0 to 255."""
    blocks = pixels.astype(np.float64).reshape(FIELDS, 8, FIELDS, 8, 3).mean(axis=(1, 3)) / 255
    return blocks.transpose(2, 0, 1).reshape(-1)


def declare(
    folder: Path,
    name: str = "tiny",
    *,
    metric: str = "cosine",
    possible: float = 0.01,
    lead: float = 0.05,
    input: str = "mean = [0.5, 0.5, 0.5]",
    model: bytes | None = None,
) -> Path:
    """Write model and declaration into ``folder``; return the declaration."""
    data = onnx_model() if model is None else model
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.onnx").write_bytes(data)
    text = TOML.format(
        sha256=hashlib.sha256(data).hexdigest(),
        metric=metric,
        possible=possible,
        lead=lead,
        input=input,
    )
    path = folder / f"{name}.toml"
    path.write_text(text)
    return path
