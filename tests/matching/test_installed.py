from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageFilter
from tests import tiny_model

from tidebreak.descriptors import read
from tidebreak.errors import UsageError, WorkersFailed
from tidebreak.installation import Tidebreak
from tidebreak.media.opening import open_file
from tidebreak.media.pool import Job, WorkerPool
from tidebreak.model import Level, ListKind

CAT = Image.fromarray(skimage.data.chelsea())


def described(installation: Tidebreak, path: Path) -> str:
    """Return the value of the vector of a picture, as a list would write it."""
    opened = open_file(path)
    with WorkerPool(installation.settings, 1, installation.descriptors.all()) as pool:
        jobs = [Job(1, opened.fd, opened.size)]
        (found,) = [item for _, item in pool.examine(jobs) if item is not None]
    (value,) = [signal.value for signal in found.signals if signal.type.name == "descriptor"]
    return base64.b64encode(value).decode()


def scanned(installation: Tidebreak, folder: Path) -> dict[str, dict]:
    number = installation.scan([folder]).number
    with installation.observations() as observations:
        return {Path(i.path.decode()).name: dict(i.verdict) for i in observations.items(number)}


def test_a_descriptor_is_installed_and_removed(installation: Tidebreak, tmp_path: Path):
    assert installation.descriptors.all() == ()
    assert installation.known_vectors() is None
    path = tiny_model.declare(tmp_path / "mine")
    added = installation.descriptors.add(path, installation.settings)
    assert installation.descriptors.all() == (added,)
    assert Path(added.file).parent == installation.home / "descriptors"
    path.write_text(path.read_text().replace("lead = 0.05", "lead = 0.06"))
    installation.descriptors.add(path, installation.settings)
    (again,) = installation.descriptors.all()
    assert again.thresholds.lead == 0.06
    with pytest.raises(UsageError, match="no descriptor called 'other'; there are: tiny"):
        installation.descriptors.remove("other", "x")
    installation.descriptors.remove("tiny", "no longer needed")
    assert list((installation.home / "descriptors").iterdir()) == []
    events = [e for e in installation.audit.events() if e.action.startswith("descriptor.")]
    assert [e.action.split(".", 1)[1] for e in events] == [
        "add.begin", "add", "add.begin", "add", "remove.begin", "remove",
    ]  # fmt: skip
    assert events[0].detail["model"] == added.algorithm
    assert events[4].detail == {"reason": "no longer needed"}


def test_what_does_not_work_is_not_installed(installation: Tidebreak, tmp_path: Path):
    path = tiny_model.declare(tmp_path)
    model = path.with_suffix(".onnx")
    good = model.read_bytes()
    model.write_bytes(good + b"\0")
    with pytest.raises(UsageError, match="not what its declaration says"):
        installation.descriptors.add(path, installation.settings)
    model.unlink()
    with pytest.raises(UsageError, match="put it there"):
        installation.descriptors.add(path, installation.settings)
    model.write_bytes(good)
    path.write_text(path.read_text().replace('"embedding"', '"logits"'))
    with pytest.raises(WorkersFailed, match="its outputs are embedding"):
        installation.descriptors.add(path, installation.settings)
    path = tiny_model.declare(tmp_path, "nothing", model=tiny_model.onnx_model(scale=0.0))
    with pytest.raises(UsageError, match=r"made no vector in a trial .*only zeros"):
        installation.descriptors.add(path, installation.settings)
    assert installation.descriptors.all() == ()


def test_a_scan_finds_what_the_model_resembles_and_never_calls_it_near(
    installation: Tidebreak, tmp_path: Path
):
    path = tiny_model.declare(tmp_path, possible=0.02, lead=0.3)
    installation.descriptors.add(path, installation.settings)
    folder = tmp_path / "disk"
    folder.mkdir()
    CAT.save(tmp_path / "known.png")
    CAT.filter(ImageFilter.GaussianBlur(12)).resize((200, 300)).save(folder / "blurred.png")
    Image.fromarray(skimage.data.coffee()).save(folder / "coffee.png")
    (folder / "text").write_text("no picture")
    value = described(installation, tmp_path / "known.png")
    (tmp_path / "list.csv").write_text(f"id,descriptor\ncat,{value}\n")
    installation.import_list(tmp_path / "list.csv", name="L", kind=ListKind.CONTRABAND)
    known = installation.known_vectors()
    assert known is not None
    assert known.counts() == {"tiny": 1}
    for _ in range(2):  # the second time, nothing may be taken from what was seen before
        found = scanned(installation, folder)
        assert {name: verdict["level"] for name, verdict in found.items()} == {
            "blurred.png": "possible", "coffee.png": "none", "text": "none",
        }  # fmt: skip
    (match,) = found["blurred.png"]["matches"]
    (declared,) = installation.descriptors.all()
    assert (match["entry"], match["signal"], match["algorithm"]) == (
        "cat", "descriptor", declared.algorithm,
    )  # fmt: skip
    assert 0 < match["distance"] <= 0.02
    installation.catalogue.disable("L")
    installation.import_list(tmp_path / "list.csv", name="other", kind=ListKind.ALLOW)
    assert scanned(installation, folder)["blurred.png"]["level"] == Level.NONE
    installation.descriptors.remove("tiny", "over")
    assert scanned(installation, folder)["blurred.png"]["matches"] == []


def test_the_manifest_names_the_model(installation: Tidebreak, tmp_path: Path):
    installation.descriptors.add(tiny_model.declare(tmp_path), installation.settings)
    (tmp_path / "list.csv").write_text("id,md5\na," + "1" * 32 + "\n")
    installation.import_list(tmp_path / "list.csv", name="L", kind=ListKind.WATCH)
    number = installation.scan([tmp_path / "list.csv"]).number
    with installation.observations() as observations:
        manifest = observations.scan(number).manifest
    (declared,) = installation.descriptors.all()
    assert declared.algorithm in manifest["engine"]
    assert "onnxruntime" in manifest["engine"]
    assert manifest["descriptors"][0]["sha256"] == declared.sha256
    json.dumps(manifest)


def test_what_somebody_broke_is_one_sentence(installation: Tidebreak, tmp_path: Path):
    installation.descriptors.add(tiny_model.declare(tmp_path), installation.settings)
    installed = installation.home / "descriptors" / "tiny.toml"
    installed.write_text(installed.read_text().replace("metric", "measure"))
    with pytest.raises(UsageError, match="unknown name 'measure'"):
        installation.matcher()


def test_vectors_lie_nowhere_in_the_clear(installation: Tidebreak, tmp_path: Path):
    declared = read(tiny_model.declare(tmp_path))
    vector = np.arange(48, dtype=np.float32) / np.linalg.norm(np.arange(48))
    value = declared.header + vector.astype("<f4").tobytes()
    file = tmp_path / "list.csv"
    file.write_text(f"id,descriptor\na,{base64.b64encode(value).decode()}\n")
    installation.import_list(file, name="L", kind=ListKind.WATCH)
    installation.database.tidy()
    for path in installation.home.rglob("*"):
        if path.is_file():
            assert vector[5:20].tobytes() not in path.read_bytes(), path
