"""Two replicas, each with a home and an index of its own, on one database."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.postgres_server import Server

from tidebreak.installation import Tidebreak
from tidebreak.model import ListKind

WITHIN_SECONDS = 2.0

FOLLOWER = """
import sys, time
from tidebreak.installation import Tidebreak
from tidebreak.signals import signal_type
from tidebreak.model import Signal
with Tidebreak.open(sys.argv[1]) as opened:
    asked = [Signal.parse("md5", text) for text in sys.argv[2:]]
    told = None
    while True:
        levels = " ".join(verdict.level.value for verdict in opened.match(asked))
        if levels != told:
            told = levels
            print(told, flush=True)
        time.sleep(0.25)
"""


def md5(number: int) -> str:
    return hashlib.md5(str(number).encode()).hexdigest()


@pytest.fixture
def replicas(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Tidebreak, Path]]:
    """One replica, open, and the home of another."""
    monkeypatch.setenv("TIDEBREAK_DATABASE", postgres.address)
    Tidebreak.create(tmp_path / "two", tmp_path / "key").close()
    with Tidebreak.create(tmp_path / "one", tmp_path / "key") as one:
        yield one, tmp_path / "two"


class Follower:
    """Another process that asks for the MD5 of 1 and 2 four times a second."""

    def __init__(self, home: Path) -> None:
        command = [sys.executable, "-c", FOLLOWER, str(home), md5(1), md5(2)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def says(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


def test_what_one_replica_changes_counts_on_the_other_within_two_seconds(
    replicas: tuple[Tidebreak, Path], tmp_path: Path
):
    one, home = replicas
    path = tmp_path / "list.txt"
    path.write_text(f"id,md5\na,{md5(1)}\n")
    one.import_list(path, name="list", kind=ListKind.CONTRABAND)
    follower = Follower(home)
    try:
        assert follower.says() == "exact-weak none"
        path.write_text(f"id,md5\na,{md5(1)}\nb,{md5(2)}\n")

        def grow() -> None:
            one.import_list(path, name="list", kind=ListKind.CONTRABAND)

        for change, told in (
            (grow, "exact-weak exact-weak"),
            (lambda: one.catalogue.withdraw("list", "a", "why"), "none exact-weak"),
            (lambda: one.catalogue.disable("list"), "none none"),
            (lambda: one.catalogue.enable("list"), "none exact-weak"),
        ):  # fmt: skip
            change()
            started = time.monotonic()
            assert follower.says() == told
            assert time.monotonic() - started < WITHIN_SECONDS
    finally:
        follower.end()


def test_what_one_replica_purges_is_gone_from_the_index_of_the_other(
    replicas: tuple[Tidebreak, Path], tmp_path: Path
):
    one, home = replicas
    path = tmp_path / "list.txt"
    path.write_text(f"{md5(1)}\n{md5(2)}\n")
    one.import_list(path, name="list", kind=ListKind.CONTRABAND, format="md5")
    with Tidebreak.open(home) as two:
        assert two.snapshot.exact_count == 2
        one.catalogue.remove("list", "why")
        one.purge_list("list", "why")
        assert one.snapshot.exact_count == 0
        assert two.snapshot.exact_count == 0
        assert two.catalogue.label == one.catalogue.label
        assert len(list((home / "snapshots").iterdir())) == 2  # with the lock
    with Tidebreak.open(home) as again:
        assert again.snapshot.exact_count == 0
        assert one.audit.verify().intact
        assert again.audit.head() == one.audit.head()
