from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.audit.log import Head
from tidebreak.backups.form import Reader, Writer, opened
from tidebreak.errors import Damaged


def written(folder: Path) -> Path:
    (folder / "a").write_bytes(b"a" * 3_000_000)
    (folder / "b").write_bytes(b"")
    with (folder / "backup.zip").open("wb") as file:
        writer = Writer(file)
        writer.add("stores/lists.db", folder / "a")
        writer.add("home/x/y z.bin", folder / "b")
        writer.finish("2026-01-01T00:00:00+00:00", {"lists": 3}, Head(7, "f" * 64))
    return folder / "backup.zip"


def test_what_was_added_comes_out(tmp_path: Path):
    with opened(written(tmp_path)) as reader:
        assert reader.manifest.stores == {"lists": 3}
        assert (reader.manifest.audit_number, reader.manifest.audit_hash) == (7, "f" * 64)
        for name, source in (("stores/lists.db", "a"), ("home/x/y z.bin", "b")):
            reader.extract(name, tmp_path / "out" / source)
            out = tmp_path / "out" / source
            assert out.read_bytes() == (tmp_path / source).read_bytes()
            assert out.stat().st_mode & 0o077 == 0


def test_other_programs_read_it(tmp_path: Path):
    with zipfile.ZipFile(written(tmp_path)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["stores/lists.db", "home/x/y z.bin", "backup.json"]


@given(st.data())
def test_no_damage_is_a_crash(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject):
    folder = tmp_path_factory.mktemp("form")
    (folder / "a").write_bytes(b"0123456789" * 9)
    with (folder / "z").open("wb") as file:
        writer = Writer(file)
        writer.add("stores/lists.db", folder / "a")
        writer.finish("", {}, Head(0, ""))
    whole = bytearray((folder / "z").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        reader = Reader(zipfile.ZipFile(io.BytesIO(bytes(whole))))
        (folder / "out").unlink(missing_ok=True)
        reader.extract("stores/lists.db", folder / "out")
    except (Damaged, zipfile.BadZipFile):
        return
    except KeyError:  # the manifest that is left names other files
        return
    assert (folder / "out").read_bytes() == (folder / "a").read_bytes()
