from __future__ import annotations

import random
import sqlite3
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.backends import BOTH

from tidebreak.errors import Damaged, UsageError
from tidebreak.model import Level, ListKind, Match, Observation, State, Verdict, View
from tidebreak.signals import EXACT_TYPES
from tidebreak.sqlite import steps_in
from tidebreak.store.observation_rows import TYPE_CODES
from tidebreak.store.observations import KIND, FileOutcome, FileState, Observations, Outcome
from tidebreak.store.stores import Stores

BACKENDS = BOTH

STATE = FileState(1 << 63, 2**64 - 1, 10, 5, 6)
SEALS = (("md5", "sha256"), b"m" * 16 + b"s" * 16)
NEAR = (View(b"h" * 32, 88),)
SEEN = Observation("", 10, "image/png", *SEALS, NEAR, "cut short", "a note", "pdq-1/full")
HIT = Verdict(Level.NEAR, (Match("L", "O", ListKind.WATCH, "1", "c", "s", Level.NEAR, "pdq", 3),))


def clear(path: bytes, *members: str) -> FileOutcome:
    outcomes = tuple(
        Outcome(replace(SEEN, member=member), State.CLEAR, Verdict()) for member in members or ("",)
    )
    return FileOutcome(path, STATE, outcomes)


@pytest.fixture
def store(stores: Stores):
    with Observations(stores.make("observations", KIND)) as opened:
        yield opened


def test_what_was_seen_is_read_back_whole(store: Observations):
    scan = store.begin_scan({"roots": ["/a"]})
    outcome = Outcome(SEEN, State.MATCHED, HIT, "cut short")
    store.record(scan, [FileOutcome(b"/a/\xff", STATE, (outcome,))], "e")
    number, observations = store.known(b"/a/\xff", STATE, "e") or (0, [])
    assert number
    assert observations == [SEEN]
    (item,) = store.items(scan)
    assert (item.path, item.state, item.level, item.reason) == (
        b"/a/\xff", State.MATCHED, Level.NEAR, "cut short",
    )  # fmt: skip
    assert item.content_key == b"s" * 16
    assert item.verdict["matches"][0]["distance"] == 3


NAMES = st.binary(max_size=20).map(lambda name: name.decode("utf-8", "surrogateescape"))


@given(st.lists(st.sampled_from(EXACT_TYPES), unique=True), NAMES, st.integers(0, 2**62))
def test_any_observation_survives(tmp_path_factory, types, member: str, size: int):
    seals = b"".join(kind.name.encode().ljust(16) for kind in types)
    seen = Observation(member, size, "x/y", tuple(kind.name for kind in types), seals)
    with Observations(tmp_path_factory.mktemp("o") / "db") as store:
        scan = store.begin_scan({})
        outcome = FileOutcome(b"/p", STATE, (Outcome(seen, State.CLEAR, Verdict()),))
        store.record(scan, [outcome], "e")
        assert (store.known(b"/p", STATE, "e") or (0, []))[1] == [seen]


@pytest.mark.parametrize("change", ["inode", "size", "mtime_ns", "ctime_ns", "device"])
def test_a_changed_file_is_not_known(store: Observations, change: str):
    scan = store.begin_scan({})
    store.record(scan, [clear(b"/a")], "e")
    assert store.known(b"/a", STATE, "e")
    assert store.known(b"/a", replace(STATE, **{change: 99}), "e") is None
    assert store.known(b"/a", STATE, "a newer engine") is None
    assert store.known(b"/b", STATE, "e") is None


def test_reusing_a_file_makes_results_and_no_new_observations(store: Observations):
    first = store.begin_scan({})
    store.record(first, [clear(b"/a", "", "m")], "e")
    store.finish_scan(first)
    second = store.begin_scan({})
    number, seen = store.known(b"/a", STATE, "e") or (0, [])
    outcomes = tuple(Outcome(item, State.MATCHED, HIT) for item in seen)
    store.record(second, [FileOutcome(b"/a", STATE, outcomes, known_file=number)], "e")
    assert store.counts(first) == {(State.CLEAR, Level.NONE): 2}
    assert store.counts(second) == {(State.MATCHED, Level.NEAR): 2}
    assert store.totals(second) == (1, 10)


def test_a_path_of_any_length_is_kept_or_refused_with_a_sentence(store: Observations):
    scan = store.begin_scan({})
    path = b"/" + random.Random(1).randbytes(4000).hex().encode()
    with suppress(UsageError):
        store.record(scan, [clear(path)], "e")
        assert store.visited(scan, path)
    store.record(scan, [clear(b"/a")], "e")
    assert store.visited(scan, b"/a")


def test_a_batch_is_written_whole_or_not_at_all(store: Observations):
    scan = store.begin_scan({})
    with pytest.raises(Exception, match=r"(?i)unique"):
        store.record(scan, [clear(b"/a"), clear(b"/b"), clear(b"/a")], "e")
    assert store.totals(scan) == (0, 0)
    assert not store.visited(scan, b"/b")


def test_a_spilled_file_is_no_result_until_it_is_whole(store: Observations):
    scan = store.begin_scan({})
    number = store.spill(scan, clear(b"/a", "1", "2"), "e")
    assert store.known(b"/a", STATE, "e") is None
    assert list(store.items(scan)) == []
    store.record(scan, [replace(clear(b"/a", "3"), spilled=number)], "e")
    assert [item.member for item in store.items(scan)] == ["1", "2", "3"]
    assert len((store.known(b"/a", STATE, "e") or (0, []))[1]) == 3


def test_a_spilled_file_that_is_discarded_or_left_over_is_gone(store: Observations):
    scan = store.begin_scan({})
    store.discard(store.spill(scan, clear(b"/a", "1"), "e"))
    store.spill(scan, clear(b"/b", "1"), "e")
    store.tidy()
    assert store.counts(scan) == {}


def test_only_an_interrupted_newest_scan_is_resumed(store: Observations):
    assert store.last_unfinished() is None
    scan = store.begin_scan({"roots_hex": ["2f61"]})
    found = store.last_unfinished()
    assert found is not None
    assert (found.id, found.manifest) == (scan, {"roots_hex": ["2f61"]})
    store.finish_scan(scan)
    assert store.last_unfinished() is None


def test_items_come_by_path_or_strongest_first(store: Observations):
    scan = store.begin_scan({})
    outcomes = [("/b", Level.LEAD), ("/a", Level.NONE), ("/c", Level.EXACT)]
    for path, level in outcomes:
        state = State.MATCHED if level.found else State.CLEAR
        verdict = replace(HIT, level=level)
        outcome = FileOutcome(path.encode(), STATE, (Outcome(SEEN, state, verdict),))
        store.record(scan, [outcome], "e")
    assert [item.path for item in store.items(scan)] == [b"/a", b"/b", b"/c"]
    assert [item.path for item in store.items(scan, by_path=False)] == [b"/c", b"/b", b"/a"]
    assert [i.path for i in store.items(scan, levels=[Level.LEAD])] == [b"/b"]


@pytest.mark.parametrize("types", [("sha256",), ("md5", "sha256"), ("md5", "sha1", "sha256")])
def test_equal_content_comes_together_whatever_else_is_known_of_it(store: Observations, types):
    scan = store.begin_scan({})
    outcomes: list[FileOutcome] = []
    for number, content in enumerate(b"abab"):
        seals = b"".join(bytes([content if t == "sha256" else number]) * 16 for t in types)
        seen = replace(SEEN, types=types, seals=seals)
        outcome = Outcome(seen, State.MATCHED, HIT)
        outcomes.append(FileOutcome(b"/%d" % number, STATE, (outcome,)))
    store.record(scan, outcomes, "e")
    items = list(store.items(scan, by_path=False))
    assert [item.path for item in items] == [b"/0", b"/2", b"/1", b"/3"]
    assert [item.content_key for item in items] == [b"a" * 16] * 2 + [b"b" * 16] * 2


@pytest.mark.parametrize("version", [1, 2])
def test_a_store_of_an_older_form_is_read_and_written(tmp_path: Path, version: int):
    path = tmp_path / "observations.db"
    old = sqlite3.connect(path)
    for step in steps_in("tidebreak.store", "migrations/observations")[:version]:
        old.executescript(step)
    old.execute("INSERT INTO scan VALUES (1, 'then', NULL, '{}')")
    old.execute("INSERT INTO file VALUES (1, ?, 1, 1, 1, 1, 1, 'e', 1)", (b"/old",))
    regions = "regions, " if version == 1 else ""
    filled = "'', " if version == 1 else ""
    old.execute(
        f"INSERT INTO observation (id, file_id, member, size, content, types, seals, {regions}"
        "reason, note, preproc, trivial) "
        f"VALUES (1, 1, ?, 1, 'c', x'010203', ?, {filled}'', '', '', 0)",
        (b"", b"1" * 16 + b"2" * 16 + b"b" * 16),
    )
    old.execute("INSERT INTO result VALUES (1, 1, 'matched', 'near', 2, '', '')")
    old.execute("INSERT INTO visit VALUES (1, ?, 1)", (b"/old",))
    old.execute(f"PRAGMA user_version = {version}")
    old.commit()
    old.close()
    with Observations(path) as store:
        seen = replace(SEEN, types=("sha256",), seals=b"a" * 16)
        outcome = FileOutcome(b"/new", STATE, (Outcome(seen, State.MATCHED, HIT),))
        store.record(1, [outcome], "e")
        found = [(item.path, item.content_key) for item in store.items(1, by_path=False)]
        assert found == [(b"/new", b"a" * 16), (b"/old", b"b" * 16)]
        assert (store.known(b"/new", STATE, "e") or (0, []))[1] == [seen]


def test_a_scan_that_never_was_is_one_sentence(store: Observations):
    with pytest.raises(UsageError, match="no scan 7"):
        store.scan(7)


def test_damage_is_said(store: Observations, files: Stores):
    scan = store.begin_scan({})
    store.record(scan, [clear(b"/%d" % number) for number in range(500)], "e")
    store.close()
    path = files.file("observations")
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with Observations(path) as again, pytest.raises(Damaged, match="store of observations"):
        again.counts(scan)


def test_every_exact_type_has_a_number_of_its_own():
    assert set(TYPE_CODES) == {kind.name for kind in EXACT_TYPES}
    assert sorted(TYPE_CODES.values()) == list(range(1, len(TYPE_CODES) + 1))


def test_recognised_items_of_one_kind_of_content_are_counted(store: Observations):
    scan = store.begin_scan({})
    for path, content, verdict in (
        (b"/1", "a/b; reference", HIT), (b"/2", "a/b", HIT), (b"/3", "c; reference", Verdict()),
    ):  # fmt: skip
        seen = replace(SEEN, content=content)
        store.record(scan, [FileOutcome(path, STATE, (Outcome(seen, State.CLEAR, verdict),))], "e")
    assert store.recognised(scan, "; reference") == 1
    assert store.recognised(scan, "b") == 1
