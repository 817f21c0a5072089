"""What letting a caller in and counting a look-up costs, and how fast a revocation counts.

Run ``python benchmarks/access.py`` or ``--quick``. One core, in turns. The peer is the way in which
the sealed server does it, a look-up and a count in a SQLite file per request
(`tidebreak.seal.online.operators`); the bound is one keyed BLAKE2b and one comparison, which
nobody can do without. A thousand keys. Then how fast the audit log is verified, beside the same
hashing and parsing of the same texts without a store.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from hashlib import blake2b, sha256
from hmac import compare_digest
from pathlib import Path

from tidebreak.access.api_keys import ApiKeys
from tidebreak.access.bearer import Bearer, Digests
from tidebreak.access.gatekeeper import Gatekeeper
from tidebreak.access.ledger import Ledger
from tidebreak.access.limits import Limits
from tidebreak.access.records import Scope
from tidebreak.access.roles import Role
from tidebreak.audit.log import AuditLog
from tidebreak.seal.online.keys import SealKeys
from tidebreak.seal.online.limits import Limits as SealedLimits
from tidebreak.seal.online.operators import Operators
from tidebreak.store.stores import Stores
from tidebreak.store.vault import Vault

RESULTS = Path(__file__).with_name("results") / "access.json"
KEYS, RECORDS = 1000, 50_000
_PLENTY = Limits(per_second=1e9, burst=10**9, per_day=10**12)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer turns")
    turns, revocations = (3, 3) if parser.parse_args().quick else (9, 11)
    with tempfile.TemporaryDirectory() as name:
        report = measure(Path(name), turns) | revoke(Path(name), revocations)
        report |= verified(Path(name), turns)
    report |= variants() | {"keys": KEYS}
    print(json.dumps(report, indent=1))
    RESULTS.write_text(json.dumps(report, indent=1) + "\n")


def ledger(folder: Path) -> Ledger:
    sql = Stores(folder).open("access", "tidebreak.access")
    return Ledger(sql, AuditLog(folder / "audit.db"), Digests(b"k" * 32), Vault(b"v" * 32))


def measure(folder: Path, turns: int) -> dict[str, object]:
    desk = ApiKeys(ledger(folder))
    scope = Scope(frozenset({Role.PLATFORM}), limits=_PLENTY)
    made = [desk.add(f"key {number}", scope, "bench") for number in range(KEYS)]
    with Gatekeeper(ledger(folder)) as gatekeeper:
        ways = {
            "bound": (bound(), 20_000),
            "gatekeeper": (admitted(gatekeeper, made), 20_000),
            "SQLite": (in_a_file(folder), 500),
        }
        spent: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(turns):
            for way, (call, count) in ways.items():
                spent[way].append(1e6 * timed(call, count))
    ratios = [peer / own for peer, own in zip(spent["SQLite"], spent["gatekeeper"], strict=True)]
    return {
        "microseconds": {way: round(statistics.median(found), 2) for way, found in spent.items()},
        "ratio_min": round(min(ratios), 1),
        "ratio_median": round(statistics.median(ratios), 1),
        "ratio_max": round(max(ratios), 1),
    }


def timed(call: Callable[[int], object], count: int) -> float:
    began = time.perf_counter()
    for number in range(count):
        call(number)
    return (time.perf_counter() - began) / count


def bound() -> Callable[[int], object]:
    secret, key = os.urandom(52), os.urandom(32)

    def digest() -> bytes:
        return blake2b(secret, digest_size=32, key=key, person=b"tb:secret").digest()

    kept = digest()
    return lambda number: compare_digest(kept, digest())


def admitted(gatekeeper: Gatekeeper, made: list[Bearer]) -> Callable[[int], object]:
    texts = [bearer.text for bearer in made]

    def call(number: int) -> None:
        principal = gatekeeper.admit(texts[number % KEYS], "192.0.2.1")
        assert principal is not None
        gatekeeper.charge(principal, 1)

    return call


def in_a_file(folder: Path) -> Callable[[int], object]:
    keys = SealKeys(b"", b"", b"", b"", b"t" * 32, b"")
    operators = Operators(folder / "operators.db", keys, AuditLog(folder / "other.db"), "bench")
    limits = SealedLimits(per_day=10**12, per_second=1e9, burst=10**9)
    token = operators.add("peer", limits)

    def call(number: int) -> None:
        operator = operators.admitted(token.operator, token.secret)
        assert operator is not None
        operators.charge(operator, 1)

    return call


def revoke(folder: Path, times: int) -> dict[str, object]:
    """Seconds until another process's gatekeeper refuses a key that was revoked here."""
    desk = ApiKeys(ledger(folder))
    scope = Scope(frozenset({Role.PLATFORM}))
    spent: list[float] = []
    with Gatekeeper(ledger(folder)) as gatekeeper:
        for number in range(times):
            made = desk.add(f"revoked {number}", scope, "bench")
            while gatekeeper.admit(made.text) is None:
                time.sleep(0.01 + 0.02 * (number % 7))
            desk.revoke(f"revoked {number}", "bench", "measured")
            began = time.perf_counter()
            while gatekeeper.admit(made.text):
                time.sleep(0.001)
            spent.append(time.perf_counter() - began)
    return {
        "revoked after seconds, median": round(statistics.median(spent), 2),
        "revoked after seconds, most": round(max(spent), 2),
    }


def verified(folder: Path, turns: int) -> dict[str, object]:
    log, bodies, previous = AuditLog(folder / "long.db"), list[str](), "0" * 64
    for number in range(1, RECORDS + 1):
        record = {"action": "match", "actor": "key shop", "at": "2026-01-01T00:00:00.000+00:00",
                  "detail": {"signals": 1000}, "object": "lists", "prev": previous,
                  "seq": number}  # fmt: skip
        bodies.append(json.dumps(record, sort_keys=True, separators=(",", ":")))
        previous = sha256(bodies[-1].encode()).hexdigest()
    hashes = [json.loads(body)["prev"] for body in bodies[1:]] + [previous]
    with sqlite3.connect(folder / "long.db") as connection:
        connection.executemany(
            "INSERT INTO event (seq, body, hash) VALUES (?, ?, ?)",
            zip(range(1, RECORDS + 1), bodies, hashes, strict=True),
        )
    connection.close()

    def bare(_: int) -> None:
        for body, expected in zip(bodies, hashes, strict=True):
            assert json.loads(body)
            assert sha256(body.encode()).hexdigest() == expected

    def whole(_: int) -> None:
        assert log.verify().events == RECORDS

    rates = {"verified": list[float](), "bare": list[float]()}
    for _ in range(turns):
        rates["bare"].append(RECORDS / timed(bare, 1))
        rates["verified"].append(RECORDS / timed(whole, 1))
    return {
        "audit records per second": round(statistics.median(rates["verified"]), -3),
        "hashed and parsed alone": round(statistics.median(rates["bare"]), -3),
    }


def variants() -> dict[str, object]:
    """Microseconds per look-up of watching for variants, of a caller with 64 known hits."""
    from tidebreak.access.hits import HitWatch
    from tidebreak.access.roles import Principal

    watch, caller = HitWatch(), Principal("key:a", "a", frozenset())
    caller = replace(caller, limits=_PLENTY)
    watch.looked_up(caller, 64, 64, [(os.urandom(32), True) for _ in range(64)])
    watch.sift()
    near = [(os.urandom(32), False) for _ in range(1000)]
    taken = 1e3 * min(timed(lambda _: watch.looked_up(caller, 1000, 0, near), 20) for _ in range(3))
    began = time.perf_counter()
    watch.sift()
    aside = 1e6 * (time.perf_counter() - began) / 60_000
    return {
        "looked_up, per near hash in a batch of 1,000": round(taken, 3),
        "compared aside, per near hash": round(aside, 2),
    }


if __name__ == "__main__":
    main()
