from __future__ import annotations

import numpy as np
import pytest

from tidebreak.errors import Damaged
from tidebreak.sightings.kept_logs import parts
from tidebreak.sightings.kept_logs.parts import (
    Contents,
    Names,
    read_contents,
    write_contents,
    write_names,
)
from tidebreak.sightings.kept_logs.values import ValueWriter
from tidebreak.sightings.texts import Texts

SEALS = np.arange(32, dtype=np.uint8).reshape(2, 16)


def test_parts_of_contents_follow_each_other(tmp_path):
    for name in ("a", "b"):
        contents = Contents(SEALS, np.array([1, 2], np.uint8), np.array([-1, 5]))
        write_contents(tmp_path / f"{name}.tide", contents)
    found = read_contents([tmp_path / "a.tide", tmp_path / "b.tide"])
    assert len(found) == 4
    assert found.types.tolist() == [1, 2, 1, 2]
    assert found.sizes.tolist() == [-1, 5, -1, 5]
    assert len(read_contents([])) == 0


def test_types_are_known_by_name_whatever_their_place(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "_TYPES", {"gone": 0, "md5": 1})
    write_contents(tmp_path / "a", Contents(SEALS, np.array([0, 1], np.uint8), np.array([1, 1])))
    monkeypatch.setattr(parts, "_TYPES", {"md5": 4})
    assert read_contents([tmp_path / "a"]).types.tolist() == [255, 4]


def test_names_of_several_sources_are_one_dictionary(tmp_path, vault):
    paths = []
    for number, items in enumerate([[b"a", b"bc"], [], [b"d"]], 1):
        path = tmp_path / "clients" / f"{number:06}.tide"
        writer = ValueWriter(path.with_suffix(".sealed"), vault, f"clients:{path.stem}")
        writer.add(Texts.of(items))
        count = len(items)
        write_names(path, SEALS[:count], np.full(count, number, np.uint8), writer.finish())
        paths.append(path)
    names = Names(paths, vault, "clients")
    assert len(names) == 3
    assert names.networks.tolist() == [1, 1, 3]
    assert names.values().to_list() == [b"a", b"bc", b"d"]
    assert names.values(np.array([3, 0, 1, 9, 3])).to_list() == [b"d", b"", b"a", b"", b"d"]


def test_a_part_that_lost_a_bit_is_noticed(tmp_path):
    path = tmp_path / "a.tide"
    write_contents(path, Contents(SEALS, np.zeros(2, np.uint8), np.zeros(2, np.int64)))
    content = bytearray(path.read_bytes())
    content[4096] ^= 1
    path.write_bytes(content)
    with pytest.raises(Damaged):
        read_contents([path])
