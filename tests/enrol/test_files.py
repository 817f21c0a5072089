from __future__ import annotations

import os

import pytest

from tidebreak.enrol.files import files_below, roots_of
from tidebreak.errors import UsageError


def test_every_file_once_and_in_order(tmp_path):
    for name in ("b", "a", "deep/inner/c", "deep/d", "\udcff"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    roots = roots_of([tmp_path, tmp_path / "a", os.fsencode(tmp_path / "deep")])
    found = [path for path, reason in files_below(roots) if not reason]
    names = [os.path.relpath(path, os.fsencode(tmp_path)) for path in found]
    assert names == [b"a", b"b", b"link", b"\xff", b"deep/d", b"deep/inner/c"]


def test_a_folder_that_cannot_be_read_is_said(tmp_path, monkeypatch):
    def walk(top, onerror):
        onerror(PermissionError(13, "Permission denied", os.fsdecode(top)))
        return iter(())

    monkeypatch.setattr(os, "walk", walk)
    assert list(files_below([os.fsencode(tmp_path)])) == [
        (os.fsencode(tmp_path), "folder: permission denied")
    ]


def test_nothing_or_nowhere_is_refused(tmp_path):
    for paths in ([], [tmp_path / "nowhere"]):
        with pytest.raises(UsageError):
            roots_of(paths)
