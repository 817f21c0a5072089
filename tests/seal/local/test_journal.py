from __future__ import annotations

from pathlib import Path

import pytest

from tidebreak.errors import Busy
from tidebreak.seal.local.hardening import Cost
from tidebreak.seal.local.journal import Journal
from tidebreak.store.vault import Vault

VAULT, COST = Vault(bytes(32)), Cost(4, 1)
MADE = {bytes([n]) * 16: (n, n + 1) for n in range(5)}
MORE = {bytes([n]) * 16: (n, n) for n in range(5, 9)}


def begun(folder: Path, cost: Cost = COST, vault: Vault = VAULT) -> tuple[bytes, dict]:
    with Journal(folder, "op", vault, cost) as journal:
        return journal.key + journal.salt + journal.issue.encode(), journal.done


@pytest.fixture
def noted(tmp_path: Path) -> Path:
    with Journal(tmp_path / "seal", "op", VAULT, COST) as journal:
        assert journal.done == {}
        journal.note(MADE)
        journal.note(MORE)
    return tmp_path / "seal"


def test_what_was_noted_is_there_when_the_issue_goes_on(noted):
    first, done = begun(noted)
    assert done == MADE | MORE
    assert begun(noted)[0] == first


def test_cut_off_anywhere_it_goes_on_with_what_is_whole(noted):
    path = noted / "op.journal"
    whole, first = path.read_bytes(), begun(noted)[0]
    for length in range(0, len(whole), 3):
        path.write_bytes(whole[:length])
        made, done = begun(noted)
        assert done in ({}, MADE, MADE | MORE)
        assert (made == first) or done == {}
    path.write_bytes(whole[:-1])
    with Journal(noted, "op", VAULT, COST) as journal:
        assert journal.done == MADE
        journal.note(MORE)
    assert begun(noted) == (first, MADE | MORE)


def test_another_cost_or_key_begins_anew(noted):
    first = begun(noted)[0]
    other = begun(noted, Cost(8, 1))
    assert other[0] != first
    assert other[1] == {}
    assert begun(noted, Cost(8, 1), Vault(b"x" * 32)) != other


def test_nothing_in_it_can_be_read(noted):
    text = (noted / "op.journal").read_bytes()
    assert not any(seal in text for seal in MADE)
    assert begun(noted)[0][:32] not in text


def test_one_that_was_published_is_never_gone_on_with(noted):
    def published(error: Exception | None) -> bytes:
        with Journal(noted, "op", VAULT, COST) as journal, journal.publishing():
            if error:
                raise error
            return (noted / "op.journal").read_bytes()

    first = begun(noted)
    with pytest.raises(OSError, match="full"):
        published(OSError("full"))
    assert begun(noted) == first
    killed_inside = published(None)
    assert not (noted / "op.journal").exists()
    (noted / "op.journal").write_bytes(killed_inside)
    again = begun(noted)
    assert again[0] != first[0]
    assert again[1] == {}


def test_two_cannot_issue_to_one_operator_at_once(noted):
    with Journal(noted, "op", VAULT, COST):
        with pytest.raises(Busy, match="issues a store to op"):
            Journal(noted, "op", VAULT, COST)
        Journal(noted, "other", VAULT, COST).__exit__()
