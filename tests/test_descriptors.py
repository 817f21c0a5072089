from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from tests import tiny_model

from tidebreak.descriptors import Channels, Layout, Resize, from_values, read
from tidebreak.errors import UsageError
from tidebreak.vectors import Metric


def test_a_declaration_is_read(tmp_path: Path):
    path = tiny_model.declare(
        tmp_path, input='channels = "bgr"\nlayout = "nhwc"\nresize = "pad"\nscale = 1'
    )
    found = read(path)
    assert (found.name, found.metric, found.dimension) == ("tiny", Metric.COSINE, 48)
    assert Path(found.file) == tmp_path / "tiny.onnx"
    assert found.input.channels is Channels.BGR
    assert (found.input.layout, found.input.resize) == (Layout.NHWC, Resize.PAD)
    assert (found.input.scale, found.input.std) == (1.0, (1.0, 1.0, 1.0))
    assert (found.thresholds.possible, found.thresholds.author) == (0.01, "A. Tester")
    assert found.algorithm == f"tiny sha256:{found.sha256[:16]}"


def test_a_declaration_survives_the_journey_to_a_worker(tmp_path: Path):
    found = read(tiny_model.declare(tmp_path))
    assert from_values(json.loads(json.dumps(asdict(found)))) == found


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("dimension = 48", "", "'dimension' is missing"),
        ("dimension = 48", "dimension = 48.0", "'dimension' must be a whole number"),
        ("dimension = 48", "dimension = true", "'dimension' must be a whole number"),
        ("dimension = 48", "dimension = 9000", "'dimension' must be from 1"),
        ("dimension = 48", "dimension = 48\nsize = 1", "unknown name 'size'"),
        ("width = 32", "width = 0", "'width' and 'height' must be"),
        ("width = 32", "width = 32\ncolours = 3", "unknown name 'colours'"),
        ('metric = "cosine"', 'metric = "angle"', "'metric' must be one of cosine, l2, hamming"),
        ("dimension = 48", "dimension = 47", "multiple of 8"),
        ("mean = [0.5, 0.5, 0.5]", "mean = [0.5, 0.5]", "'mean' must be three numbers"),
        ("mean = [0.5, 0.5, 0.5]", "std = [1, 0, 1]", "'std' must not hold 0"),
        ("mean = [0.5, 0.5, 0.5]", "scale = nan", "'scale' must be a number"),
        ("lead = 0.05", "lead = 0.001", "'thresholds' must grow"),
        ("lead = 0.05", "lead = nan", "'lead' must be a number"),
        ('author = "A. Tester"', 'author = ""', "need an 'author'"),
        ('sha256 = "', 'sha256 = "0', "'sha256' must be 64 digits"),
        ("[thresholds]", "[[thresholds]]", "'thresholds' must be a table"),
        ("sha256 = ", 'file = "x"\nsha256 = ', "unknown name 'file'"),
        ("sha256 = ", "sha256 ", "not valid TOML"),
    ],
)
def test_what_is_not_clear_is_refused_in_one_sentence(
    tmp_path: Path, old: str, new: str, said: str
):
    metric = "hamming" if "multiple" in said else "cosine"
    path = tiny_model.declare(tmp_path, metric=metric)
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(UsageError, match=said) as caught:
        read(path)
    assert str(path) in str(caught.value)


def test_a_name_is_one_that_a_file_and_a_value_can_have(tmp_path: Path):
    path = tiny_model.declare(tmp_path)
    with pytest.raises(UsageError, match="its name must be"):
        read(path.rename(tmp_path / "Tiny Model.toml"))
    with pytest.raises(UsageError, match="cannot be read"):
        read(path)
