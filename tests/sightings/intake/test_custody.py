from __future__ import annotations

import gzip
import hashlib

import pytest

from tidebreak.errors import CannotRead, UsageError
from tidebreak.sightings.intake.custody import LogFile, check_custody
from tidebreak.sightings.records import Custody


@pytest.mark.parametrize("custody", [Custody("", "warrant"), Custody("me", " ")])
def test_a_log_without_holder_or_authority_is_refused(custody):
    with pytest.raises(UsageError, match="under what authority"):
        check_custody(custody)


def test_a_log_is_known_by_its_digest_and_read_to_the_end(log):
    found = LogFile(log(b"some lines\n"))
    assert (found.sha256, found.size) == (hashlib.sha256(b"some lines\n").hexdigest(), 11)
    with found.open() as file:
        assert file.read() == b"some lines\n"
    assert found.done == 11


def test_an_infohash_in_the_name_of_a_log_is_read_but_not_kept(log):
    found = LogFile(log(b"x", name := f"{'1a' * 20}.resume"))
    assert found.name == "….resume"
    with found.open() as file:
        assert file.name == name  # type: ignore[attr-defined]


def test_a_packed_log_is_unpacked_and_a_broken_one_refused(log):
    packed = gzip.compress(b"some lines\n" * 50)
    found = LogFile(log(packed))
    with found.open() as file:
        assert file.read() == b"some lines\n" * 50
    assert found.sha256 == hashlib.sha256(packed).hexdigest()
    with pytest.raises(CannotRead, match="breaks off"), LogFile(log(packed[:-9])).open() as file:
        file.read()


def test_a_log_that_changes_meanwhile_is_refused(log):
    path = log(b"a")
    found = LogFile(path)
    path.write_bytes(b"ab")
    with pytest.raises(CannotRead, match="changed"), found.open() as file:
        file.read()


def test_only_files_are_logs(tmp_path):
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(CannotRead, match="not a file"):
            LogFile(path)
