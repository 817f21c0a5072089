from __future__ import annotations

import gzip
import json
from dataclasses import replace

import pytest

from tidebreak.enrol import pack_file
from tidebreak.enrol.pack_file import check_target, header, write_pack
from tidebreak.errors import UsageError
from tidebreak.lists.formats import choose
from tidebreak.lists.formats.pack import read
from tidebreak.lists.pack_entries import PackEntry, Prints
from tidebreak.lists.source import Source
from tidebreak.model import Signal
from tidebreak.reach import Reach
from tidebreak.signals import SIGNAL_TYPES

NEAR = PackEntry(
    "one", Prints((0,), b"\x50", b"p" * 32), exact=(Signal.parse("md5", "1" * 32),), size=5
)
EXACT = PackEntry("two", exact=(Signal.parse("md5", "2" * 32),), size=6)
HEAD = header({"owner": "Üs", "note": ""}, Reach.FEW, "2026-01-01T00:00:00+00:00")


@pytest.mark.parametrize("name", ["a.pack", "a.pack.gz"])
def test_what_is_written_is_a_pack_that_is_read(tmp_path, name):
    path = tmp_path / name
    assert write_pack(path, HEAD, [NEAR, EXACT], exact=False) == 1
    source = Source(path)
    assert choose(source, None).name == "pack"
    (batch,) = read(source)
    assert list(batch.keys) == ["one"]
    assert batch.about["owner"] == "Üs"
    assert "note" not in batch.about
    assert [column.type.name for column in batch.columns] == ["pdq"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_same_entries_give_the_same_bytes(tmp_path):
    for name in ("a.gz", "b.gz"):
        write_pack(tmp_path / name, HEAD, [NEAR], exact=True)
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()
    lines = gzip.decompress((tmp_path / "a.gz").read_bytes()).splitlines()
    assert json.loads(lines[1])["exact"] == {"md5": "1" * 32}


def test_a_pack_appears_whole_or_not_at_all(tmp_path):
    def entries():
        yield NEAR
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_pack(tmp_path / "a.pack", HEAD, entries(), exact=False)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_one_sentence(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pack_file, "_write", full)
    with pytest.raises(UsageError, match="No space"):
        write_pack(tmp_path / "a.pack", HEAD, [NEAR], exact=False)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "a").touch()
    for path in (tmp_path / "a", tmp_path / "none" / "b"):
        with pytest.raises(UsageError):
            check_target(path)
    check_target(tmp_path / "c")


@pytest.mark.parametrize("name", ["orb", "descriptor"])
def test_what_the_installation_keeps_is_never_shared(tmp_path, name):
    kept = Signal(SIGNAL_TYPES[name], b"\1" + bytes(80))
    for exact in (False, True):
        write_pack(tmp_path / "a", HEAD, [NEAR], exact=exact)
        write_pack(tmp_path / "b", HEAD, [replace(NEAR, kept=(kept,))], exact=exact)
        assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
