from __future__ import annotations

import numpy as np
import pytest

from tidebreak.lists.derived import Finding, Parent
from tidebreak.model import Level, ListKind, Signal
from tidebreak.sightings.kept_logs.parts import Contents
from tidebreak.sightings.ranking.known import NO_CLASS, known_among
from tidebreak.signals import EXACT_TYPES, SIGNAL_TYPES

SHA1, SHA1_B, BTIH = "11" * 20, "12" * 20, "51" * 20
MD5, ED2K, TTH = "21" * 16, "31" * 16, "41" * 24
"""Identifiers of nothing."""


@pytest.fixture
def contents(installation):
    def make(*wanted):
        kinds = [SIGNAL_TYPES[name] for name, _, _ in wanted]
        seals = [
            installation.sealer.seal(kind, bytes.fromhex(value))
            for kind, (_, value, _) in zip(kinds, wanted, strict=True)
        ]
        return Contents(
            np.frombuffer(b"".join(seals), np.uint8).reshape(-1, 16),
            np.array([EXACT_TYPES.index(kind) for kind in kinds], np.uint8),
            np.array([size for _, _, size in wanted], np.int64),
        )

    return make


@pytest.fixture
def listed(installation, tmp_path):
    def add(name, text, kind=ListKind.CONTRABAND, **options):
        path = tmp_path / f"{name}.csv"
        path.write_text(text)
        installation.import_list(path, name=name, kind=kind, **options)

    return add


@pytest.fixture
def ask(installation, contents):
    return lambda *wanted: known_among(
        contents(*wanted), installation.snapshot, installation.catalogue
    )


@pytest.fixture
def derive(installation):
    """Derive a torrent of so many files from entries, recognised by ``grade``."""

    def add(btih, *numbers, grade=Level.EXACT, files=1):
        records = installation.catalogue.entries(numbers)
        parents = tuple(Parent(records[n], bytes(16), grade) for n in numbers)
        found = Finding((Signal.parse("btih", btih),), parents, files)
        assert installation.catalogue.derive([found]) == 1

    return add


def test_identifiers_of_one_entry_are_one_file_on_all_networks(listed, ask):
    listed("a", f"id,sha1,tth,size,category\n7,{SHA1},{TTH},500,1\n8,{SHA1_B},,500,2\n")
    found = ask(("sha1", SHA1, 500), ("sha1", "99" * 20, 500), ("tth", TTH, -1),
                ("sha1", SHA1_B, 500))  # fmt: skip
    assert found.count == 2
    assert found.files[1] == found.files[3] > 0
    assert found.files[2] == 0
    assert found.files[4] not in (0, found.files[1])
    assert found.strong[1:].tolist() == [True, False, True, True]


def test_two_lists_that_share_an_identifier_speak_of_one_file(listed, ask):
    listed("a", f"sha1,tth,size\n{SHA1},{TTH},500\n", owner="One")
    listed("b", f"tth,size,category\n{TTH},500,3\n", owner="Two", scheme="s")
    found = ask(("sha1", SHA1, 500), ("tth", TTH, -1))
    assert found.count == 1
    assert len(found.entries(1)) == 2
    names = {found.class_names[place] for place in found.classes_of(np.array([1], np.uint32))}
    assert names == {f"One: {NO_CLASS}", "Two: s 3"}


def test_a_weak_identifier_makes_no_two_files_one(listed, ask):
    # The same planted MD5 on two entries: two files all the same, and it decides nothing.
    listed("a", f"sha1,md5,size\n{SHA1},{MD5},500\n{SHA1_B},{MD5},500\n")
    found = ask(("sha1", SHA1, 500), ("sha1", SHA1_B, 500), ("md5", MD5, 500))
    assert found.count == 2
    assert found.files[3] in found.files[1:3]
    assert found.strong[1:].tolist() == [True, True, False]


def test_a_torrent_that_entries_share_makes_no_two_files_one(listed, ask):
    both = f"sha1,btih,size\n{SHA1},{BTIH},500\n{SHA1_B},{BTIH},500\n"
    listed("a", both)
    found = ask(("sha1", SHA1, 500), ("sha1", SHA1_B, 500), ("btih", BTIH, -1))
    assert found.count == 2
    assert found.files[3] in found.files[1:3]
    assert found.strong[1:].all()


def test_a_torrent_of_one_known_file_is_that_file(listed, ask, derive):
    listed("a", f"sha1,size\n{SHA1},500\n{SHA1_B},500\n")
    derive(BTIH, 1)
    found = ask(("sha1", SHA1, 500), ("sha1", SHA1_B, 500), ("btih", BTIH, -1))
    assert found.count == 2
    assert found.files[3] == found.files[1] != found.files[2]
    assert found.strong[1:].all()
    assert found.entries(found.files[1]) == [1, 3]


@pytest.mark.parametrize(
    ("parents", "files"), [((1,), 3), ((1,), 0), ((1, 2), 1)], ids=["pack", "unknown", "two"]
)
def test_any_other_torrent_is_a_content_of_its_own(listed, ask, derive, parents, files):
    listed("a", f"sha1,size\n{SHA1},500\n{SHA1_B},500\n")
    derive(BTIH, *parents, files=files)
    assert ask(("sha1", SHA1, 500), ("sha1", SHA1_B, 500), ("btih", BTIH, -1)).count == 3


def test_a_torrent_is_known_no_better_than_what_was_recognised_in_it(
    installation, listed, ask, derive
):
    listed("a", f"id,sha1,md5,size\n7,{SHA1},,500\n8,,{MD5},500\n")
    derive(BTIH, 1)
    derive("52" * 20, 2, grade=Level.EXACT_WEAK)
    asked = (("btih", BTIH, -1), ("btih", "52" * 20, -1))
    assert ask(*asked).strong[1:].tolist() == [True, False]
    installation.catalogue.dispute("a", "7", "a test")
    assert ask(*asked, ("sha1", SHA1, 500)).strong[1:].tolist() == [False, False, False]
    assert (ask(*asked).files[1:] > 0).all()
    installation.catalogue.withdraw("a", "7", "a test")
    assert (ask(*asked).files[1:] > 0).tolist() == [False, True]


def test_a_digest_that_does_not_decide_alone_is_weak(listed, ask):
    listed("a", f"sha1,ed2k,size\n{SHA1},{ED2K},500\n")
    found = ask(("sha1", SHA1, -1), ("ed2k", ED2K, 500), ("sha1", SHA1, 400))
    assert found.strong[1:].tolist() == [False, False, False]
    assert (found.files[1:] == 1).all()


def test_what_lists_take_back_is_known_no_more_at_once(installation, listed, ask):
    listed("a", f"id,sha1,size\n7,{SHA1},500\n8,{SHA1_B},500\n")
    both = (("sha1", SHA1, 500), ("sha1", SHA1_B, 500))
    installation.catalogue.dispute("a", "8", "a test")
    assert ask(*both).strong[1:].tolist() == [True, False]
    installation.catalogue.withdraw("a", "7", "a test")
    assert (ask(*both).files[1:] > 0).tolist() == [False, True]
    installation.catalogue.disable("a")
    assert ask(*both).count == 0


def test_lists_of_what_is_harmless_make_nothing_known(listed, ask):
    listed("a", f"sha1,size\n{SHA1},500\n", ListKind.ALLOW)
    assert ask(("sha1", SHA1, 500)).count == 0


def test_classes_are_counted_as_often_as_files_come(listed, ask):
    listed("a", f"sha1,size,category\n{SHA1},500,1\n{SHA1_B},500,2\n", owner="O", scheme="s")
    found = ask(("sha1", SHA1, 500), ("sha1", SHA1_B, 500))
    files = np.array([1, 2, 2], np.uint32)
    names = [found.class_names[place] for place in found.classes_of(files)]
    assert names == ["O: s 1", "O: s 2", "O: s 2"]
    assert found.classes_of(np.empty(0, np.uint32)).tolist() == []


def test_of_no_contents_none_is_known(ask, listed):
    listed("a", f"sha1,size\n{SHA1},500\n")
    assert ask().count == 0
