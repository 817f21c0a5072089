from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests import tiny_model

from tidebreak.descriptors import Descriptor, read
from tidebreak.errors import UsageError
from tidebreak.installation import Tidebreak
from tidebreak.matching import descriptors as module
from tidebreak.matching.descriptors import KnownVectors, vector_level, vector_matches
from tidebreak.model import Level, ListKind, Observation
from tidebreak.store import keys
from tidebreak.store.vault import Vault
from tidebreak.vectors import Metric, encode

SIDEWAYS = np.eye(48, dtype=np.float32)


@pytest.fixture
def declared(tmp_path: Path) -> Descriptor:
    return read(tiny_model.declare(tmp_path / "models", possible=0.1, lead=0.4))


def value(declared: Descriptor, vector: np.ndarray) -> bytes:
    return declared.header + encode(vector.astype(np.float32), declared.metric)


def turned(cosine: float) -> np.ndarray:
    """Return a vector at an angle to the first of `SIDEWAYS`."""
    return cosine * SIDEWAYS[0] + np.sqrt(1 - cosine**2) * SIDEWAYS[1]


def add(installation: Tidebreak, name: str, *values: bytes, kind: str = "contraband") -> None:
    rows = [f"{name}-{n},{base64.b64encode(v).decode()}\n" for n, v in enumerate(values)]
    file = installation.home / f"{name}.csv"
    file.write_text("id,descriptor\n" + "".join(rows))
    installation.import_list(file, name=name, kind=ListKind(kind))


def loaded(installation: Tidebreak, tmp_path: Path, *descriptors: Descriptor) -> KnownVectors:
    vault = Vault(keys.load(tmp_path / "key").vault_key)
    return KnownVectors.load(installation.database, vault, descriptors)


def picture(*values: bytes) -> Observation:
    return Observation("", 9, "image/png", descriptors=values)


def live(installation: Tidebreak):
    return lambda numbers: installation.catalogue.entries(list(numbers)).items()


def test_known_vectors_are_found_through_the_store(installation, tmp_path, declared):
    vectors = [value(declared, turned(cosine)) for cosine in (0.95, 0.7, 0.5, 0.92)]
    add(installation, "L", *vectors)
    known = loaded(installation, tmp_path, declared)
    assert known.counts() == {"tiny": 4}
    found = known.find([picture(), picture(value(declared, SIDEWAYS[0])), picture(vectors[2])])
    assert sorted(found) == [1, 2]
    matches = list(vector_matches(found[1], live(installation)))
    assert [(m.entry, m.level) for m in matches] == [
        ("L-0", Level.POSSIBLE), ("L-3", Level.POSSIBLE), ("L-1", Level.LEAD),
    ]  # fmt: skip
    assert matches[0].distance == pytest.approx(0.05, abs=1e-6)
    assert (matches[0].signal, matches[0].algorithm) == ("descriptor", declared.algorithm)
    assert matches[0].reason == (
        "cosine distance 0.05 by the model tiny (possible up to 0.1, set by A. Tester), which"
        " never decides alone"
    )


def test_no_distance_means_more_than_possible(declared):
    assert vector_level(declared, 0.0)[0] is Level.POSSIBLE
    assert vector_level(declared, 0.1)[0] is Level.POSSIBLE
    assert vector_level(declared, 0.1000001)[0] is Level.LEAD


def test_vectors_of_another_model_are_not_compared(installation, tmp_path, declared):
    other = replace(declared, sha256="1" * 64)
    wider = replace(declared, dimension=56)
    odd = value(declared, SIDEWAYS[0])[:-1] + b"\xff"  # not of length 1
    add(installation, "L", value(other, SIDEWAYS[0]), wider.header + bytes(4 * 56), b"no vector",
        odd, odd[:-1])  # fmt: skip
    assert loaded(installation, tmp_path, declared).counts() == {"tiny": 0}
    both = loaded(installation, tmp_path, declared, other)
    assert list(both.find([picture(v) for v in (odd, value(other, SIDEWAYS[0]))])) == [1]


def test_a_query_that_is_no_vector_finds_nothing(installation, tmp_path, declared):
    good = value(declared, SIDEWAYS[0])
    add(installation, "L", good)
    known = loaded(installation, tmp_path, declared)
    nan = declared.header + np.full(48, np.nan, "<f4").tobytes()
    asked = [picture(nan), picture(good[:-4]), replace(picture(good), trivial=True), picture(good)]
    assert list(known.find(asked)) == [3]


def test_an_entry_is_named_once_and_what_no_longer_counts_is_passed_over(
    installation, tmp_path, declared, monkeypatch
):
    monkeypatch.setattr(module, "_CHUNK", 3)
    text = "id,descriptor,descriptor\n" + "".join(
        f"E{n}," + ",".join(base64.b64encode(value(declared, turned(0.99 - n / 100))).decode()
        for _ in range(2)) + "\n" for n in range(8)
    )  # fmt: skip
    file = tmp_path / "list.csv"
    file.write_text(text)
    installation.import_list(file, name="L", kind=ListKind.CONTRABAND)
    known = loaded(installation, tmp_path, declared)
    (hits,) = known.find([picture(value(declared, SIDEWAYS[0]))])[0]
    assert len(hits.entries) == 16
    records = dict(live(installation)(range(1, 9)))
    counting = lambda numbers: [(n, records[n]) for n in numbers if n != 1]  # noqa: E731
    assert [m.entry for m in vector_matches([hits], counting)] == [f"E{n}" for n in range(1, 8)]
    monkeypatch.setattr(module, "ENOUGH", 3)
    assert [m.entry for m in vector_matches([hits], counting)] == ["E1", "E2", "E3", "E4"]


def test_more_than_memory_should_hold_is_said(installation, tmp_path, declared, monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 100)
    add(installation, "L", value(declared, SIDEWAYS[0]))
    with pytest.raises(UsageError, match="of vectors; remove a descriptor or a list"):
        loaded(installation, tmp_path, declared)


def test_bits_are_compared_by_number(installation, tmp_path):
    path = tiny_model.declare(tmp_path / "models", metric="hamming", possible=2, lead=4)
    declared = read(path)
    assert declared.metric is Metric.HAMMING
    signs = np.where(np.arange(48) % 2, 1, -1)
    vectors = [np.where(np.arange(48) < flipped, -signs, signs) for flipped in (0, 3, 5)]
    add(installation, "L", *(value(declared, vector) for vector in vectors))
    known = loaded(installation, tmp_path, declared)
    (hits,) = known.find([picture(value(declared, signs))])[0]
    assert hits.distances.tolist() == [0, 3]


def test_coverage_says_what_such_values_need(installation, declared):
    add(installation, "L", value(declared, SIDEWAYS[0]))
    (row,) = installation.catalogue.coverage("L").types
    assert (row.type, row.values, row.matchable) == ("descriptor", 1, 0)
    assert "only where the model that made it is installed" in row.why
