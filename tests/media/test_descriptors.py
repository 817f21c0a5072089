from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image
from tests import tiny_model

from tidebreak.descriptors import (
    Channels,
    Descriptor,
    Interpolation,
    Layout,
    Preparation,
    Resize,
    read,
)
from tidebreak.errors import WorkersFailed
from tidebreak.media.descriptors import BadDescriptor, Describer, Model, prepare
from tidebreak.media.opening import open_file
from tidebreak.media.pool import Job, WorkerPool
from tidebreak.model import Examination
from tidebreak.settings import Limits, Settings

CAT = skimage.data.chelsea()


def png(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "png")
    return stream.getvalue()


def vector(value: bytes, declared: Descriptor) -> np.ndarray:
    assert value.startswith(declared.header)
    return np.frombuffer(value[len(declared.header) :], "<f4")


@pytest.fixture
def declared(tmp_path: Path) -> Descriptor:
    return read(tiny_model.declare(tmp_path, metric="l2", input=""))


def test_a_vector_is_what_the_model_makes_of_the_pixels(declared: Descriptor):
    pixels = np.random.default_rng(1).integers(0, 256, (32, 32, 3), np.uint8)
    found = vector(Model(declared).value(pixels), declared)
    np.testing.assert_allclose(found, tiny_model.expected(pixels), atol=1e-6)


def test_pixels_are_prepared_as_declared():
    pixels = np.random.default_rng(2).integers(0, 256, (4, 6, 3), np.uint8)
    how = Preparation(6, 4, scale=1 / 128, mean=(0.1, 0.2, 0.3), std=(1.0, 2.0, 4.0))
    wanted = (pixels / 128 - [0.1, 0.2, 0.3]) / [1, 2, 4]
    np.testing.assert_allclose(prepare(pixels, how)[0], wanted.transpose(2, 0, 1), rtol=1e-5)
    turned = replace(how, channels=Channels.BGR, layout=Layout.NHWC)
    wanted = (pixels[:, :, ::-1] / 128 - [0.1, 0.2, 0.3]) / [1, 2, 4]
    np.testing.assert_allclose(prepare(pixels, turned)[0], wanted, rtol=1e-5)
    grey = prepare(pixels[:, :, 0], replace(how, mean=(0.0,) * 3, std=(1.0,) * 3))
    assert (grey[0, 0] == grey[0, 2]).all()


@pytest.mark.parametrize("interpolation", Interpolation)
def test_sizes_are_reached_as_pillow_does_it(interpolation: Interpolation):
    how = Preparation(40, 20, interpolation=interpolation, layout=Layout.NHWC, scale=1.0)
    resample = Image.Resampling[interpolation.name]
    wide = np.zeros((100, 400, 3), np.uint8)
    wide[:, 150:250] = 255
    stretched = np.asarray(Image.fromarray(wide).resize((40, 20), resample))
    assert (prepare(wide, how)[0] == stretched).all()
    middle = np.asarray(Image.fromarray(wide[:, 100:300]).resize((40, 20), resample))
    inner = (slice(None), slice(3, 37))  # at the cut, pixels beyond it have a say
    cropped = prepare(wide, replace(how, resize=Resize.CROP))[0]
    assert (cropped[inner] == middle[inner]).all()
    padded = prepare(wide, replace(how, resize=Resize.PAD))[0]
    shown = np.asarray(Image.fromarray(wide).resize((40, 10), resample))
    assert (padded[5:15] == shown).all()
    assert not padded[:5].any()
    assert not padded[15:].any()


@pytest.mark.parametrize("shape", [(1, 100_000, 3), (100_000, 1, 3)])
@pytest.mark.parametrize("resize", Resize)
def test_a_strip_does_not_become_enormous(shape: tuple[int, ...], resize: Resize):
    how = Preparation(64, 64, resize=resize)
    assert prepare(np.zeros(shape, np.uint8), how).shape == (1, 3, 64, 64)


def test_a_model_that_is_not_what_was_declared_is_refused(declared: Descriptor):
    bad = {
        "does not have the declared SHA-256": {"sha256": "0" * 64},
        "No such file": {"file": declared.file + "x"},
        "its outputs are embedding": {"output": "logits"},
        "'embedding' is 1 x 48 of float32, not 47": {"dimension": 47},
        "its model fails": {"input": replace(declared.input, width=48)},
    }
    for said, change in bad.items():
        with pytest.raises(BadDescriptor, match=said):
            Model(replace(declared, **change))


def test_what_is_no_model_is_refused(tmp_path: Path):
    path = tiny_model.declare(tmp_path, model=b"not a model")
    with pytest.raises(BadDescriptor, match="not a usable model"):
        Model(read(path))


def test_a_model_whose_weights_lie_elsewhere_is_refused(tmp_path: Path, monkeypatch):
    # Those weights would not be covered by the SHA-256 of the model's file.
    import onnx

    model = onnx.load_from_string(tiny_model.onnx_model())
    (factor,) = model.graph.initializer
    onnx.external_data_helper.set_external_data(factor, "weights", offset=0, length=4)
    factor.ClearField("raw_data")
    factor.data_location = onnx.TensorProto.EXTERNAL
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weights").write_bytes(np.float32(2).tobytes())
    path = tiny_model.declare(tmp_path, model=model.SerializeToString())
    with pytest.raises(BadDescriptor, match="not a usable model"):
        Model(read(path))


def test_a_vector_of_nothing_is_said(declared: Descriptor, tmp_path: Path):
    path = tiny_model.declare(tmp_path, "nothing", model=tiny_model.onnx_model(scale=0.0))
    describer = Describer([declared, read(path)])
    found = describer.describe(Examination("", 1, "image/png"), png(CAT), Settings())
    assert [signal.type.name for signal in found.signals] == ["descriptor"]
    assert found.reason == "not described: nothing: its vector holds only zeros"


def test_every_picture_is_described_or_says_why_not(declared: Descriptor):
    describer = Describer([declared])
    empty = Examination("", 1, "image/png")
    data = png(CAT)
    assert len(describer.describe(empty, data, Settings()).signals) == 1
    cut = describer.describe(empty, data[: len(data) // 2], Settings())
    assert cut.reason.startswith("not described: ")
    assert describer.describe(replace(empty, trivial=True), data, Settings()).signals == ()
    small = Settings(limits=Limits(frame_pixels=1000))
    assert describer.describe(empty, data, small) == empty
    stream = io.BytesIO()
    first, second = (Image.fromarray(CAT[:, shift:]).convert("P") for shift in (0, 1))
    first.save(stream, "gif", save_all=True, append_images=[second])
    assert "first frame" in describer.describe(empty, stream.getvalue(), Settings()).note


def examined(pool: WorkerPool, path: Path) -> list[Examination]:
    opened = open_file(path)
    jobs = [Job(1, opened.fd, opened.size, full=True)]
    return [found for _, found in pool.examine(jobs) if found is not None]


def test_a_locked_down_worker_describes(declared: Descriptor, tmp_path: Path):
    path = tmp_path / "cat.png"
    path.write_bytes(png(CAT))
    with WorkerPool(Settings(), workers=1, descriptors=[declared]) as pool:
        assert pool.posture.level >= 2
        (found,) = examined(pool, path)
    assert found.reason == ""
    (value,) = [s.value for s in found.signals if s.type.name == "descriptor"]
    shown = np.asarray(Image.fromarray(CAT).resize((32, 32), Image.Resampling.BILINEAR))
    np.testing.assert_allclose(vector(value, declared), tiny_model.expected(shown), atol=1e-6)


def test_a_worker_that_cannot_use_a_model_says_so_at_once(declared: Descriptor):
    before = len(list(Path("/proc/self/fd").iterdir()))
    with (
        pytest.raises(WorkersFailed, match=r"declared SHA-256\. Correct or remove it: tidebreak"),
        WorkerPool(Settings(), workers=1, descriptors=[replace(declared, sha256="0" * 64)]),
    ):
        pass
    assert len(list(Path("/proc/self/fd").iterdir())) == before
