from __future__ import annotations

import sqlite3

import pytest
from tests.backends import BOTH

from tidebreak.access import tables
from tidebreak.access.api_keys import SECRET, ApiKeys
from tidebreak.access.bearer import Bearer
from tidebreak.access.ledger import Ledger
from tidebreak.access.records import Scope
from tidebreak.access.roles import Permission, Role
from tidebreak.errors import UsageError
from tidebreak.store.stores import Stores

BACKENDS = BOTH

SCOPE = Scope(frozenset({Role.PLATFORM}), only=frozenset({Permission.MATCH}),
              networks=("10.0.0.0/8",))  # fmt: skip
DAY = 86400


@pytest.fixture
def keys(ledger: Ledger) -> ApiKeys:
    return ApiKeys(ledger)


def until(ledger: Ledger, bearer: Bearer) -> float | None:
    found = tables.load(ledger).secrets.get(bearer.id)
    if found is None:
        return None
    assert found.digest == ledger.digests.of(SECRET, bearer.secret)
    return found.until - ledger.clock()


def test_a_key_is_kept_without_its_secret(keys: ApiKeys, ledger: Ledger, files: Stores, told):
    made = keys.add("shop", SCOPE, "uid 0")
    (kept,) = keys.everything()
    assert (kept.name, kept.scope, kept.state(ledger.now)) == ("shop", SCOPE, "active")
    assert until(ledger, made) == 365 * DAY
    assert told() == [("access.key.add", "uid 0", "shop")]
    written = b"".join(path.read_bytes() for path in files.home.iterdir())
    assert made.id.encode() in written
    assert made.secret.encode() not in written


def test_a_name_is_taken_until_its_key_is_revoked(keys: ApiKeys, ledger: Ledger):
    first = keys.add("shop", SCOPE, "uid 0")
    with pytest.raises(UsageError, match="already"):
        keys.add("shop", SCOPE, "uid 0")
    keys.revoke("shop", "uid 0", "lost")
    second = keys.add("shop", SCOPE, "uid 0", days=0)
    assert until(ledger, first) is None
    assert until(ledger, second) == float("inf")
    assert [(one.state(ledger.now), one.revoked_why) for one in keys.everything()] in (
        [("revoked", "lost"), ("active", "")], [("active", ""), ("revoked", "lost")]
    )  # fmt: skip


def test_the_old_secret_stays_valid_for_the_overlap_alone(keys: ApiKeys, ledger: Ledger, clock):
    old = keys.add("shop", SCOPE, "uid 0", days=3)
    clock.now += 10
    new = keys.rotate("shop", "ann", overlap_days=1)
    assert (until(ledger, old), until(ledger, new)) == (DAY, 365 * DAY)
    assert keys.everything()[0].secrets[0].id == new.id
    clock.now += 10
    newest = keys.rotate("shop", "ann", overlap_days=7)
    assert until(ledger, old) == DAY - 10, "a rotation never prolongs"
    assert until(ledger, new) == 7 * DAY
    keys.revoke("shop", "ann", "lost")
    assert [until(ledger, one) for one in (old, new, newest)] == [None, None, None]


def test_what_cannot_be_is_refused(keys: ApiKeys):
    for attempt in (
        lambda: keys.add("", SCOPE, "uid 0"),
        lambda: keys.add("shop", Scope(frozenset()), "uid 0"),
        lambda: keys.rotate("shop", "uid 0"),
        lambda: keys.revoke("shop", "uid 0", "x"),
        lambda: keys.rotate("shop", "uid 0", overlap_days=31),
    ):
        with pytest.raises(UsageError):
            attempt()
    assert keys.everything() == []


def test_a_name_that_may_be_a_locator_makes_no_key(keys: ApiKeys):
    with pytest.raises(UsageError, match="no hashes"):
        keys.add("a" * 40, SCOPE, "uid 0")
    assert keys.everything() == []


def test_two_keys_of_one_name_cannot_be_in_the_store(keys: ApiKeys, files: Stores):
    keys.add("shop", SCOPE, "uid 0")
    connection = sqlite3.connect(files.file("access"))
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute(
            "INSERT INTO api_key (id, name, scope, made_at) VALUES ('x', 'shop', '{}', '')"
        )
    connection.close()


def test_of_two_who_add_the_same_at_once_one_is_told(keys: ApiKeys, monkeypatch):
    keys.add("shop", SCOPE, "uid 0")
    monkeypatch.setattr(ApiKeys, "_named", lambda self, name: "")
    with pytest.raises(UsageError, match="meanwhile"):
        keys.add("shop", SCOPE, "uid 0")
    assert len(keys.everything()) == 1
