from __future__ import annotations

import os
from pathlib import Path

import pytest

from tidebreak.model import Examination
from tidebreak.scan import hashing
from tidebreak.settings import Settings


class Backwards:
    """A pool that finishes its jobs in the opposite order."""

    def __init__(self, *_: object) -> None: ...

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None: ...

    def examine(self, jobs):
        taken = list(jobs)
        for job in reversed(taken):
            os.close(job.fd)
            yield job, Examination("member", 1, "")
            yield job, Examination("", job.size, "")
            yield job, None


def test_results_come_in_the_order_asked_the_file_before_its_members(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(hashing, "WorkerPool", Backwards)
    names = [b"3", b"1", b"gone", b"2"]
    for name in names:
        if name != b"gone":
            (tmp_path / name.decode()).touch()
    paths = [os.fsencode(tmp_path) + b"/" + name for name in names]
    found = [(Path(os.fsdecode(p)).name, e.member) for p, e in hashing.hash_all(paths, Settings())]
    assert found == [("3", ""), ("3", "member"), ("1", ""), ("1", "member"), ("gone", ""),
                     ("2", ""), ("2", "member")]  # fmt: skip


def test_what_cannot_be_read_has_its_reason(tmp_path: Path):
    os.mkfifo(tmp_path / "fifo")
    ((_, item),) = hashing.hash_all([os.fsencode(tmp_path)], Settings(workers=1))
    assert item.reason.startswith("a named pipe")


def test_what_is_to_be_skipped_is_asked_for_once_and_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(hashing, "WorkerPool", Backwards)
    for name in ("1", "2", "3"):
        (tmp_path / name).touch()
    asked: list[bytes] = []

    def skip(path: bytes) -> bool:
        asked.append(path)
        return path.endswith(b"2")

    found = hashing.hash_all([os.fsencode(tmp_path)], Settings(), skip=skip)
    assert {Path(os.fsdecode(path)).name for path, _ in found} == {"1", "3"}
    assert sorted(asked) == [os.fsencode(tmp_path / name) for name in ("1", "2", "3")]
