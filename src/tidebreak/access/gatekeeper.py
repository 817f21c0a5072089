"""Who is let in, how much each may ask, and what their asking looks like.

`admit` and `charge` work in memory alone. A thread looks every quarter of a second whether who
may do what has changed, in whichever process, and keeps the counts once a second. Where the store
does not answer for longer than `STALE_SECONDS`, nobody is let in: who was revoked could not be
known any more.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from hmac import compare_digest
from types import TracebackType
from typing import Self

from tidebreak.access import tables
from tidebreak.access.alarms import Alarm, AlarmKind, Alarms, Raised
from tidebreak.access.api_keys import SECRET
from tidebreak.access.bearer import parse
from tidebreak.access.entrance import Entrance
from tidebreak.access.hits import HitWatch
from tidebreak.access.ledger import Ledger
from tidebreak.access.meters import Meters
from tidebreak.access.roles import Principal
from tidebreak.access.sessions import Sessions
from tidebreak.access.usage import expiring, mark_used, over_limits, usual
from tidebreak.access.variants import Near
from tidebreak.errors import CannotAsk, TidebreakError

STALE_SECONDS = 30.0
_LOOK_SECONDS, _LOOKS_PER_FLUSH, _USUAL_SECONDS = 0.25, 4, 3600.0

_NOBODY = bytes(32)


@dataclass(frozen=True, slots=True)
class Told:
    """Who is called for each alarm, after it was kept; in the gatekeeper's own thread."""

    on_alarm: Callable[[Alarm], None] = lambda alarm: None
    ticks: Callable[[], float] = field(default=time.monotonic)


class Gatekeeper:
    """Use it as a context manager: within, it follows the store; at the end all is kept."""

    def __init__(self, ledger: Ledger, told: Told | None = None) -> None:
        told = told or Told()
        self._ledger, self._on_alarm, self._ticks = ledger, told.on_alarm, told.ticks
        self._alarms, self.sessions = Alarms(ledger), Sessions(ledger)
        self._meters, self._watch = Meters(ledger, told.ticks), HitWatch(told.ticks)
        self._tables = tables.load(ledger)
        self._current_at, self._usual_at = told.ticks(), float("-inf")
        self._used: set[str] = set()
        self._raised: set[tuple[str, AlarmKind, str]] = set()
        self._waiting: dict[tuple[str, AlarmKind, str], Raised] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="gatekeeper", daemon=True)
        self.trouble = ""
        """Why the store could not be asked the last time; empty when it could."""

    def __enter__(self) -> Self:
        self.flush()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()
        self.flush()

    def admit(self, bearer: str, address: str = "") -> Principal | None:
        """Return whose API key ``bearer`` is, None for one that may not come in.

        ``address`` is the caller's; a key that is bound to networks needs it. Takes as long for
        a key that there is not. Raises `CannotAsk` where nobody can be let in.
        """
        if self._ticks() - self._current_at > STALE_SECONDS:
            raise CannotAsk("Who may come in cannot be told now; see to the store of access.")
        id, secret = parse(bearer)
        known = self._tables.secrets.get(id)
        shown = self._ledger.digests.of(SECRET, secret)
        genuine = compare_digest(known.digest if known else _NOBODY, shown)
        if known is None or not genuine or known.until <= self._ledger.clock():
            return None
        if not known.from_here(address):
            return None
        self._used.add(known.principal.id)
        return known.principal

    def named(self, name: str) -> Principal | None:
        """Return the key called so, as long as it is valid, for a caller that can show none."""
        now = self._ledger.clock()
        valid = (one.principal for one in self._tables.secrets.values() if one.until > now)
        return next((principal for principal in valid if principal.name == name), None)

    @cached_property
    def entrance(self) -> Entrance:
        """Where people log in and out; raises `UsageError` where the extra is missing."""
        return Entrance(self._ledger)

    def session(self, cookie: str) -> Principal | None:
        """Return whose session the ``cookie`` is of; asks the store (see `Sessions.principal`)."""
        return self.sessions.principal(cookie)

    def is_csrf(self, cookie: str, token: str) -> bool:
        """Whether ``token`` is that of the session of ``cookie`` (see `Sessions`)."""
        return self.sessions.is_csrf(cookie, token)

    def charge(self, principal: Principal, count: int) -> None:
        """Count ``count`` look-ups before they are made; raise `OverLimit` for too many."""
        self._meters.charge(principal, count)

    def looked_up(
        self, principal: Principal, asked: int, hits: int, near: Iterable[Near] = ()
    ) -> None:
        """Tell what look-ups found: how many of ``asked`` were hits, by any list.

        ``near`` are the PDQ of what was looked up, and whether each was a hit: without them
        nobody notices who changes one picture over and over. They are not kept.
        """
        if hits:
            self._meters.hit(principal, hits)
        for raised in self._watch.looked_up(principal, asked, hits, near):
            self._waiting[(raised.who, raised.kind, raised.day)] = raised

    def refresh(self) -> None:
        """Follow what changed in the store; raises its errors."""
        if self._ledger.revision() != self._tables.revision:
            self._tables = tables.load(self._ledger)
        self._current_at = self._ticks()

    def flush(self) -> None:
        """Keep the counts and the alarms; raises the errors of the store."""
        used, self._used = self._used, set()
        mark_used(self._ledger, used)
        counts = self._meters.flush()
        for raised in (*over_limits(self._meters.callers, counts), *self._watch.sift()):
            self._sound(raised)
        if self._ticks() - self._usual_at >= _USUAL_SECONDS:
            self._watch.learn(usual(self._ledger))
            for raised in expiring(self._tables, self._ledger.clock()):
                self._sound(raised)
            self._usual_at = self._ticks()
        while self._waiting:
            self._sound(self._waiting.popitem()[1])

    def _sound(self, raised: Raised) -> None:
        once = (raised.who, raised.kind, raised.day or self._ledger.now[:10])
        if once in self._raised:
            return
        alarm = self._alarms.sound(raised)
        self._raised.add(once)
        if alarm:
            self._on_alarm(alarm)

    def _follow(self) -> None:
        looks = 0
        while not self._ended.wait(_LOOK_SECONDS):
            looks += 1
            try:
                self.refresh()
                if looks % _LOOKS_PER_FLUSH == 0:
                    self.flush()
                self.trouble = ""
            except TidebreakError as error:  # `admit` refuses all once this has lasted
                self.trouble = str(error)
            except Exception as error:  # a thread that ends would say nothing to anybody
                self.trouble = f"Access cannot be followed ({type(error).__name__}); restart it."
