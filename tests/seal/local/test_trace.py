from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.seal.local_helper import CHEAP, import_numbers

from tidebreak.errors import Damaged, UsageError
from tidebreak.seal import filter as sets
from tidebreak.seal.canaries import COUNT
from tidebreak.seal.local.file import digests_of
from tidebreak.seal.local.issue import Order, issue
from tidebreak.seal.local.trace import SERVED, issues, trace_copy
from tidebreak.seal.online import issued
from tidebreak.seal.online.keys import SealKeys
from tidebreak.seal.online.known import Known
from tidebreak.seal.online.service import open_operators


@pytest.fixture
def stores(installation, tmp_path: Path) -> dict[str, Path]:
    """A store of each of three operators."""
    import_numbers(installation, range(3000))
    (tmp_path / "keys").mkdir()
    made = {name: tmp_path / name for name in ("one", "two", "three")}
    for name, path in made.items():
        issue(Order(name, path, tmp_path / "keys" / name, CHEAP), installation)
    return made


def test_a_copy_is_traced_without_its_key_or_name(installation, stores, tmp_path: Path):
    copy = stores["two"].rename(tmp_path / "found-somewhere")
    for each in (tmp_path / "keys").iterdir():
        each.unlink()
    [found] = trace_copy(copy, installation)
    assert (found.operator, found.found, found.whole) == ("two", COUNT, True)
    assert found.chance < -5000
    event = [*installation.audit.events()][-1]
    assert (event.action, event.detail["found"]) == ("seal.trace", "two")


def test_a_part_of_a_bare_set_is_enough(installation, stores, tmp_path: Path):
    values = digests_of(stores["three"].read_bytes()).values
    part = np.random.default_rng(1).choice(values, len(values) // 10, replace=False)
    whole = digests_of(stores["three"].read_bytes())
    shift = np.uint64(64 - whole.quotient - whole.remainder)
    (tmp_path / "part").write_bytes(sets.build(part << shift).to_bytes())
    [found] = trace_copy(tmp_path / "part", installation)
    assert found.operator == "three"
    assert 5 < found.found < COUNT
    assert found.chance < -300


def test_sets_of_the_sealed_server_are_traced_too(installation, stores, tmp_path: Path):
    keys = SealKeys.derive(bytes(range(32)))
    operators = open_operators(installation, keys)
    for name in ("first", "second"):
        operators.add(name)
    second = next(one.id for one in operators.everyone() if one.name == "second")
    operators.close()
    values = np.random.default_rng(1).integers(0, 256, (2000, 16), dtype=np.uint8)
    known = Known.of(values, np.ones(2000, np.bool_), keys.public)
    served = issued.issue(known, keys, second)
    for copy in (served, b"0123456789abcdef\n" + served):  # as it is sent, and as clients keep it
        (tmp_path / "copy").write_bytes(copy)
        [found] = trace_copy(tmp_path / "copy", installation, keys)
        assert (found.operator, found.series, found.found) == ("second", SERVED, COUNT)
        assert trace_copy(tmp_path / "copy", installation) == []
    [found] = trace_copy(stores["one"], installation, keys)
    assert found.operator == "one"


def test_a_set_of_somebody_else_is_nobodys(installation, stores, tmp_path: Path):
    keys = np.random.default_rng(1).integers(0, 1 << 64, 3000, dtype=np.uint64)
    (tmp_path / "other").write_bytes(sets.build(keys).to_bytes())
    assert trace_copy(tmp_path / "other", installation) == []


def test_every_issue_is_looked_for_and_other_files_are_refused(installation, stores, tmp_path):
    assert [operator for operator, _ in issues(installation.audit)] == ["one", "three", "two"]
    with pytest.raises(UsageError, match="cannot be read"):
        trace_copy(tmp_path / "none", installation)
    with pytest.raises(Damaged):
        trace_copy(tmp_path / "keys" / "one", installation)


def damaged(whole: bytes) -> dict[str, bytes]:
    """A copy with the kinds of damage that copies turn up with."""

    def flipped(place: int) -> bytes:
        return whole[:place] + bytes([whole[place] ^ 16]) + whole[place + 1 :]

    head = 55  # of a store; that of its set begins there
    return {
        "first half": whole[: len(whole) // 2],
        "second half": whole[len(whole) // 2 :],
        "begin lost": whole[100:],
        "flipped: magic": flipped(3),
        "flipped: set's magic": flipped(head + 3),
        "flipped: remainder bits": flipped(head + 8),
        "flipped: quotient bits": flipped(head + 9),
        "flipped: count": flipped(head + 10),
        "flipped: body": flipped(5000),
        "flipped: checksum": flipped(len(whole) - 40),
    }


def test_a_damaged_copy_names_its_operator_and_says_that_it_is_damaged(
    installation, stores, tmp_path: Path
):
    for damage, copy in damaged(stores["two"].read_bytes()).items():
        (tmp_path / "copy").write_bytes(copy)
        [found] = trace_copy(tmp_path / "copy", installation)
        assert (found.operator, found.whole) == ("two", False), damage
        assert found.chance < -300, damage
    event = [*installation.audit.events()][-1]
    assert (event.detail["found"], event.detail["whole"]) == ("two", False)


def test_a_copy_of_two_stores_names_both(installation, stores, tmp_path: Path):
    one, two = stores["one"].read_bytes(), stores["two"].read_bytes()
    half = len(one) // 2
    for copy in (one + two, one[:half] + two[half:], one[:half] + two[: half + 1]):
        (tmp_path / "copy").write_bytes(copy)
        found = trace_copy(tmp_path / "copy", installation)
        assert sorted(each.operator for each in found) == ["one", "two"]


def test_random_bytes_name_nobody_and_say_so(installation, stores, tmp_path: Path):
    for data in (np.random.default_rng(1).bytes(20_000), b"", stores["one"].read_bytes()[-500:]):
        (tmp_path / "copy").write_bytes(data)
        with pytest.raises(Damaged, match="names nobody"):
            trace_copy(tmp_path / "copy", installation)
    assert [*installation.audit.events()][-1].detail["found"] == ""
