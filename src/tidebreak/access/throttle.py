"""Slows guessing down: each failure beyond the first few doubles the wait, up to a bound.

Nobody is locked out for ever, nor by others for longer than `NAME` says. What is tried is counted
before it is, so that a thousand tries at once are a thousand failures.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from tidebreak.access.ledger import Ledger
from tidebreak.errors import OverLimit

_FORGOTTEN_SECONDS = 86400.0
_HIGHEST_POWER = 30


@dataclass(frozen=True, slots=True)
class Rule:
    """So many tries are ``free``; the longest wait after one is in seconds."""

    name: str
    free: int
    longest: float

    def wait(self, failures: int) -> float:
        """Return how long to wait after so many failures."""
        beyond = failures - self.free
        return min(self.longest, 2.0 ** min(beyond, _HIGHEST_POWER)) if beyond >= 0 else 0.0


PAIR = Rule("pair", 5, 900)
"""One name from one address."""
ADDRESS = Rule("address", 20, 900)
NAME = Rule("name", 20, 60)
"""One name from anywhere: short, since others can bring it about."""
CODE = Rule("code", 5, 3600)
"""Codes of one person, by whoever has the password."""

What = tuple[Rule, str]


class Throttle:
    """The failures in a store, by digests of what was tried: names typed may be passwords."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger, self._sql = ledger, ledger.sql

    def enter(self, *whats: What) -> None:
        """Count a try at each of ``whats``; raise `OverLimit` when it is too early for one."""
        now = self._ledger.clock()
        with self._sql.writing():
            self._sql.change("DELETE FROM attempt WHERE failed_at < ?", (now - _FORGOTTEN_SECONDS,))
            rows = {what: self._row(what) for what in whats}
            wait = max(until for _, until in rows.values()) - now
            if wait > 0:
                raise OverLimit("There were too many failed log-ins; wait before the next.", wait)
            for (rule, text), (failures, _) in rows.items():
                self._sql.change(
                    "INSERT INTO attempt (digest, failures, failed_at, wait_to)"
                    " VALUES (?, ?, ?, ?) ON CONFLICT (digest) DO UPDATE SET"
                    " failures = excluded.failures, failed_at = excluded.failed_at,"
                    " wait_to = excluded.wait_to",
                    (self._digest((rule, text)), failures + 1, now, now + rule.wait(failures + 1)),
                )

    def forget(self, *whats: What) -> None:
        """Forget all failures: it was the right one."""
        with self._sql.writing():
            for what in whats:
                self._sql.change("DELETE FROM attempt WHERE digest = ?", (self._digest(what),))

    def give_back(self, what: What) -> None:
        """Take back one try: it was no failure."""
        with self._sql.writing():
            self._sql.change(
                "UPDATE attempt SET failures = failures - 1, wait_to = 0 WHERE digest = ?",
                (self._digest(what),),
            )

    def _row(self, what: What) -> tuple[int, float]:
        row = self._sql.row(
            "SELECT failures, wait_to FROM attempt WHERE digest = ?", (self._digest(what),)
        )
        return (row[0], row[1]) if row else (0, 0.0)

    def _digest(self, what: What) -> bytes:
        rule, text = what
        return self._ledger.digests.of("attempt", f"{rule.name}:{text}")


def network_of(address: str) -> str:
    """Return what one household or office has: an IPv4 address, or 64 bits of an IPv6 one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))
