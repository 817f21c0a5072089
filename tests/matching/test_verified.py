from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image, ImageOps

from tidebreak.errors import BadList, UsageError
from tidebreak.installation import Tidebreak
from tidebreak.matching import verified
from tidebreak.matching.verified import KnownScenes, scene_matches
from tidebreak.media.features import KNOWN, VERSION, extract
from tidebreak.model import Level, ListKind, Match
from tidebreak.signals import SignalType
from tidebreak.store import keys
from tidebreak.store.vault import Vault


def pixels(name: str) -> np.ndarray:
    return getattr(skimage.data, name)()


def add(installation: Tidebreak, name: str, *pictures: str) -> None:
    values = [extract(pixels(picture), KNOWN).value() for picture in pictures]
    texts = [base64.b64encode(value).decode() for value in values]
    file = installation.home / f"{name}.csv"
    rows = [f"{picture},{text}\n" for picture, text in zip(pictures, texts, strict=True)]
    file.write_text("id,orb\n" + "".join(rows))
    installation.import_list(file, name=name, kind=ListKind.CONTRABAND)


def loaded(tmp_path: Path, installation: Tidebreak) -> KnownScenes:
    return KnownScenes.load(installation.database, Vault(keys.load(tmp_path / "key").vault_key))


def asked(scenes: KnownScenes, installation: Tidebreak, image: Image.Image) -> list[Match]:
    found = scenes.find(extract(np.asarray(image)).pack())
    entries = installation.catalogue.entries
    return list(scene_matches(found, lambda numbers: entries(list(numbers)).items()))


def test_known_scenes_are_found_through_the_vault(installation: Tidebreak, tmp_path: Path):
    add(installation, "L", "astronaut", "coffee", "rocket")
    add(installation, "M", "coffee")
    scenes = loaded(tmp_path, installation)
    assert len(scenes) == 4 * KNOWN
    image = Image.fromarray(pixels("coffee"))
    turned = ImageOps.mirror(image).rotate(-20, Image.Resampling.BICUBIC, expand=True)
    matches = asked(scenes, installation, turned)
    assert [(match.list, match.entry) for match in matches] == [("L", "coffee"), ("M", "coffee")]
    match = matches[0]
    assert (match.level, match.signal, match.algorithm) == (Level.POSSIBLE, "orb", VERSION)
    assert match.transform.startswith("mirrored, turned by ")
    assert match.region.startswith("scene ")
    assert 0 <= match.distance < 0.7
    assert "the same scene" in match.reason


def test_a_part_is_called_a_part(installation: Tidebreak, tmp_path: Path):
    add(installation, "L", "astronaut")
    image = Image.fromarray(pixels("astronaut"))
    scenes = loaded(tmp_path, installation)
    (whole,) = asked(scenes, installation, image)
    (part,) = asked(scenes, installation, image.crop((0, 0, 340, 340)))
    assert (whole.known_part, whole.transform) == ("whole", "none")
    assert part.known_part.endswith("% of it")
    assert int(part.known_part.split("%")[0]) < 60


def test_what_the_store_keeps_is_sealed(installation: Tidebreak):
    add(installation, "L", "astronaut")
    stored = extract(pixels("astronaut"), KNOWN).stored()
    (installation.home / "L.csv").unlink()
    files = [path.read_bytes() for path in installation.home.rglob("*") if path.is_file()]
    assert files
    assert not any(row[8:24].tobytes() in data for row in stored[::40] for data in files)


def test_entries_that_do_not_count_are_not_stated(installation: Tidebreak, tmp_path: Path):
    add(installation, "L", "coffee")
    found = loaded(tmp_path, installation).find(extract(pixels("coffee")).pack())
    assert found
    assert list(scene_matches(found, lambda numbers: [])) == []


def test_without_features_nothing_is_found(installation: Tidebreak, tmp_path: Path):
    empty = loaded(tmp_path, installation)
    assert len(empty) == 0
    assert empty.find(extract(pixels("coffee")).pack()) == []
    add(installation, "L", "coffee")
    assert loaded(tmp_path, installation).find(b"") == []


def test_features_of_another_version_are_refused_with_a_sentence(installation: Tidebreak):
    file = installation.home / "L.csv"
    value = bytes([2]) + bytes(40)
    file.write_text(f"id,orb\nx,{base64.b64encode(value).decode()}\n")
    with pytest.raises(BadList, match="orb: version 2, and 1 is what is known here; ask"):
        installation.import_list(file, name="L", kind=ListKind.CONTRABAND)


def test_features_of_another_version_that_were_kept_are_counted(
    installation: Tidebreak, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file = installation.home / "L.csv"
    lengths = (40, 41, 81)
    texts = [base64.b64encode(bytes(length)).decode() for length in lengths]
    file.write_text("id,orb\n" + "".join(f"{text},{text}\n" for text in texts))
    with monkeypatch.context() as older:
        older.setattr(SignalType, "_check_version", lambda *_: None)
        installation.import_list(file, name="L", kind=ListKind.CONTRABAND)
    add(installation, "M", "coffee")
    scenes = loaded(tmp_path, installation)
    assert (len(scenes), scenes.unreadable) == (KNOWN, len(lengths))


def test_more_than_memory_holds_is_refused(
    installation: Tidebreak, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    add(installation, "L", "coffee", "rocket")
    monkeypatch.setattr(verified, "MOST_FEATURES", KNOWN)
    with pytest.raises(UsageError, match="more than 300 local features; remove a list"):
        loaded(tmp_path, installation)
