from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tidebreak.installation import Tidebreak
from tidebreak.media.opening import UNREADABLE
from tidebreak.media.pool import LOST, Job
from tidebreak.media.signatures import REFERENCE
from tidebreak.model import Examination, Level, ListKind, Signal, State
from tidebreak.scan import run as run_module
from tidebreak.scan.run import Scan
from tidebreak.signals import SIGNAL_TYPES
from tidebreak.store.observations import Item, Observations

KNOWN = b"known content"
HASH = bytes(range(32))


class InProcess:
    """Stands in for the pool of workers: no isolation, and answers that a test can choose."""

    def __init__(self) -> None:
        self.read: list[bool] = []
        self.during = lambda: None
        self.answer = lambda content, full: [examined(content)]

    def examine(self, jobs: Iterable[Job]) -> Iterator[tuple[Job, Examination | None]]:
        for job in jobs:
            with os.fdopen(job.fd, "rb") as stream:
                content = stream.read()
            self.read.append(job.full)
            self.during()
            for examination in self.answer(content, job.full):
                yield job, examination
            yield job, None


def examined(content: bytes, member: str = "", **more: object) -> Examination:
    value = hashlib.sha256(content).digest()
    signals = (Signal(SIGNAL_TYPES["sha256"], value),)
    return Examination(member, len(content), "text/plain", signals, **more)  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "disk" / "deep").mkdir(parents=True)
    (tmp_path / "disk" / "known.txt").write_bytes(KNOWN)
    (tmp_path / "disk" / "deep" / "other.txt").write_bytes(b"other")
    return tmp_path / "disk"


@pytest.fixture
def lists(installation: Tidebreak) -> Tidebreak:
    file = installation.home / "list.csv"
    file.write_text(f"id,sha256,pdq\nA,{hashlib.sha256(KNOWN).hexdigest()},\nB,,{HASH.hex()}\n")
    installation.import_list(file, name="L", kind=ListKind.CONTRABAND)
    return installation


@pytest.fixture
def pool() -> InProcess:
    return InProcess()


def scan(
    lists: Tidebreak, pool: InProcess, *roots: Path, number: int | None = None, **more: object
) -> tuple[Scan, list[Item]]:
    with lists.observations() as observations:
        one = begin(lists, observations, number, **more)
        one.run([os.fsencode(root) for root in roots], pool)  # type: ignore[arg-type]
        return one, list(observations.items(one.number))


def begin(lists: Tidebreak, observations: Observations, number: int | None, **more: object) -> Scan:
    number = number or observations.begin_scan({})
    return Scan(number, observations, lists.matcher(), lists.sealer, "e", **more)  # type: ignore[arg-type]


def test_every_file_ends_in_one_state(lists: Tidebreak, pool: InProcess, folder: Path):
    os.mkfifo(folder / "fifo")
    one, items = scan(lists, pool, folder)
    states = {Path(os.fsdecode(item.path)).name: item.state for item in items}
    assert states == {
        "known.txt": State.MATCHED, "other.txt": State.CLEAR, "fifo": State.NOT_FULLY_EXAMINED,
    }  # fmt: skip
    assert (one.progress.files, one.progress.found, one.progress.incomplete) == (3, 1, 1)


def test_overlapping_roots_are_seen_once(lists: Tidebreak, pool: InProcess, folder: Path):
    _, items = scan(lists, pool, folder, folder / "deep", folder / "known.txt")
    assert len(items) == 2


def test_unchanged_files_are_matched_without_being_read(
    lists: Tidebreak, pool: InProcess, folder: Path
):
    scan(lists, pool, folder)
    (folder / "deep" / "other.txt").write_bytes(b"changed")
    pool.read.clear()
    again, items = scan(lists, pool, folder)
    assert len(pool.read) == 1
    assert again.progress.reused == 1
    assert [item.level for item in items] == [Level.NONE, Level.EXACT]
    scan(lists, pool, folder, reread=True)
    assert len(pool.read) == 3


def test_a_newer_list_is_matched_against_what_was_seen(
    lists: Tidebreak, pool: InProcess, folder: Path
):
    scan(lists, pool, folder)
    file = lists.home / "more.csv"
    file.write_text(f"sha256\n{hashlib.sha256(b'other').hexdigest()}\n")
    lists.import_list(file, name="M", kind=ListKind.WATCH)
    pool.read.clear()
    _, items = scan(lists, pool, folder)
    assert pool.read == []
    assert [item.level for item in items] == [Level.EXACT, Level.EXACT]


@pytest.mark.parametrize(
    "why", [f"{LOST} crashed", f"cut; {LOST} crashed", f"{UNREADABLE} 5 (EIO)"]
)
def test_what_failed_for_a_passing_cause_is_read_again(
    lists: Tidebreak, pool: InProcess, folder: Path, why: str
):
    pool.answer = lambda content, full: [examined(content, reason=why)]
    _, items = scan(lists, pool, folder)
    assert {item.state for item in items} == {State.MATCHED, State.NOT_FULLY_EXAMINED}
    pool.answer = lambda content, full: [examined(content)]
    _, items = scan(lists, pool, folder)
    assert {item.state for item in items} == {State.MATCHED, State.CLEAR}


def test_an_interrupted_scan_goes_on_where_it_was(
    lists: Tidebreak, pool: InProcess, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    for number in range(20):
        (folder / f"{number:02}").write_text(str(number))
    monkeypatch.setattr(run_module, "_BATCH", 4)

    def stop() -> None:
        if len(pool.read) == 10:
            raise KeyboardInterrupt

    pool.during = stop
    with lists.observations() as observations:
        first = begin(lists, observations, None)
        with pytest.raises(KeyboardInterrupt):
            first.run([os.fsencode(folder)], pool)  # type: ignore[arg-type]
        assert observations.last_unfinished() is not None
    pool.during = lambda: None
    _, items = scan(lists, pool, folder, number=first.number)
    assert len(items) == 22
    assert len(pool.read) == 23  # only the one in hand was read twice


def test_a_fast_hash_that_comes_near_is_confirmed_in_full(
    lists: Tidebreak, pool: InProcess, folder: Path
):
    def answer(content: bytes, full: bool) -> list[Examination]:
        if content == KNOWN:
            return [examined(content)]
        value = HASH if full else bytes([HASH[0] ^ 255]) + HASH[1:]
        preproc = "pdq-1/full" if full else "pdq-1/jpeg-quarter"
        signal = Signal(SIGNAL_TYPES["pdq"], value, 90)
        return [Examination("", 5, "image/jpeg", (signal,), preproc=preproc)]

    pool.answer = answer
    _, items = scan(lists, pool, folder)
    assert sorted(pool.read) == [False, False, True]
    (near,) = [item for item in items if item.level is Level.NEAR]
    assert near.verdict["matches"][0]["distance"] == 0
    assert near.verdict["matches"][0]["algorithm"] == "pdq-1/full"


@pytest.mark.parametrize("near_at", [None, 1, 7, 8])
def test_a_large_archive_is_written_in_parts(
    lists: Tidebreak, pool: InProcess, folder: Path, monkeypatch: pytest.MonkeyPatch,
    near_at: int | None,
):  # fmt: skip
    monkeypatch.setattr(run_module, "_SPILL", 3)

    def answer(content: bytes, full: bool) -> list[Examination]:
        if content != b"other":
            return [examined(content)]
        members = [examined(KNOWN if n == 4 else b"%d" % n, f"m{n}") for n in range(9)]
        if near_at is not None:
            preproc = "pdq-1/full" if full else "pdq-1/jpeg-quarter"
            signal = Signal(SIGNAL_TYPES["pdq"], HASH, 90)
            members[near_at] = Examination("near", 5, "", (signal,), preproc=preproc)
        return [*members, examined(content)]

    pool.answer = answer
    _, items = scan(lists, pool, folder)
    assert len(items) == 11
    found = {item.member for item in items if item.state is State.MATCHED}
    assert found == {"", "m4"} | ({"near"} if near_at is not None else set())
    assert pool.read.count(True) == (near_at is not None)


def test_a_file_that_changes_while_it_is_read_says_so(
    lists: Tidebreak, pool: InProcess, folder: Path
):
    pool.during = lambda: (folder / "known.txt").write_bytes(b"now something else")
    _, items = scan(lists, pool, folder)
    known = next(item for item in items if item.path.endswith(b"known.txt"))
    assert known.reason.startswith("changed or vanished while it was read")


def test_a_file_that_vanishes_is_a_result(lists: Tidebreak, pool: InProcess, folder: Path):
    listed = [os.fsencode(folder / "known.txt"), os.fsencode(folder / "gone")]
    with lists.observations() as observations:
        one = begin(lists, observations, None)
        one.run(listed, pool)  # type: ignore[arg-type]
        reasons = [item.reason for item in observations.items(one.number)]
    assert reasons == ["vanished before it could be read", ""]


def test_memory_does_not_grow_with_the_number_of_files(
    lists: Tidebreak, pool: InProcess, folder: Path
):
    for number in range(3000):
        (folder / str(number)).touch()
    held: list[int] = []
    with lists.observations() as observations:
        one = begin(lists, observations, None)
        pool.during = lambda: held.append(len(one._batch) + len(one._reading) + len(one._pending))
        one.run([os.fsencode(folder)], pool)  # type: ignore[arg-type]
    assert max(held) < 1000


def test_what_must_be_confirmed_is_read_again_soon_not_at_the_end(
    lists: Tidebreak, pool: InProcess, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    for number in range(30):
        (folder / f"{number:02}").write_text(str(number))
    monkeypatch.setattr(run_module, "_BATCH", 4)

    def answer(content: bytes, full: bool) -> list[Examination]:
        preproc = "pdq-1/full" if full else "pdq-1/jpeg-coefficients"
        signal = Signal(SIGNAL_TYPES["pdq"], HASH, 90)
        return [Examination("", 5, "image/jpeg", (signal,), preproc=preproc)]

    pool.answer = answer
    _, items = scan(lists, pool, folder)
    assert len(items) == 32
    assert all(item.level is Level.NEAR for item in items)
    assert pool.read.index(True) < 10


def test_a_name_that_no_list_could_know_is_not_clear(
    lists: Tidebreak, pool: InProcess, folder: Path
):
    named = (Signal(SIGNAL_TYPES["ed2k"], bytes(16)), Signal(SIGNAL_TYPES["aich"], bytes(20)))
    pool.answer = lambda content, full: [
        Examination("name", 5, f"application/x-store{REFERENCE}", named),
        Examination("", len(content), "application/x-store", named[:1]),
    ]
    _, items = scan(lists, pool, folder, spaces=frozenset({"sha256"}))
    assert {(item.member, item.state, item.reason) for item in items} == {
        ("name", State.NOT_FULLY_EXAMINED, "named only by what no list here holds (ed2k, aich)"),
        ("", State.CLEAR, ""),
    }
    # Unchanged files are not read again, and a list that can know them counts at once.
    pool.read.clear()
    _, items = scan(lists, pool, folder, spaces=frozenset({"ed2k"}))
    assert {item.state for item in items} == {State.CLEAR}
    assert pool.read == []
