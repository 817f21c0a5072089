"""The lists as they are now: followed by a thread of its own, swapped in as a whole.

A change is noticed within `POLL_SECONDS`. What it needs is built aside, on connections that no
look-up uses; then one assignment puts it in place. A withdrawn entry or a disabled list does not
wait even for that: the catalogue is asked about every match.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from tidebreak.audit.log import AuditLog
from tidebreak.descriptors import Descriptor
from tidebreak.errors import CannotAsk, TidebreakError
from tidebreak.hashing.seals import Sealer
from tidebreak.index import Snapshot
from tidebreak.lists.catalogue import Catalogue
from tidebreak.matching.adapting import adapted
from tidebreak.matching.descriptors import KnownVectors
from tidebreak.matching.installed_scenes import InstalledScenes
from tidebreak.matching.matcher import Matcher
from tidebreak.matching.states import why_incomparable
from tidebreak.model import Depth, Signal
from tidebreak.settings import Settings
from tidebreak.store.database import Database
from tidebreak.store.stores import Stores
from tidebreak.store.vault import Vault

POLL_SECONDS = 0.25
STALE_SECONDS = 30.0
"""How long the lists may be out of sight before nothing is answered any more."""

BUILD_SECONDS = 900.0
"""How long a new version may be built while the one before it still answers."""

NO_LISTS = (
    "No hash list is enabled, so nothing could be recognised; import one first: tidebreak lists"
    " import FILE --name NAME --kind contraband"
)


class Opened(Protocol):
    """What screening needs of an installation."""

    home: Path
    settings: Settings
    sealer: Sealer
    audit: AuditLog
    actor: str
    catalogue: Catalogue
    database: Database
    vault: Vault
    stores: Stores

    @classmethod
    def open(cls, home: str | Path | None = None) -> Self:
        """Open the installation at ``home`` once more."""
        ...

    def close(self) -> None:
        """Close every file."""
        ...

    @property
    def snapshot(self) -> Snapshot:
        """Everything matchable now."""
        ...

    def known_vectors(self) -> KnownVectors | None:
        """Return the vectors that the lists hold for the descriptors."""
        ...

    def matcher(self, depth: Depth | None = None, *, verify: bool = True) -> Matcher:
        """Return a matcher over the lists as they are now."""
        ...

    def models(self) -> tuple[Descriptor, ...]:
        """Return what the user's models declare."""
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """What is compared with, all of one version of the lists.

    ``settings`` are what workers need to do for it, ``version`` is the catalogue's label,
    ``spaces`` are those in which enabled lists hold identifiers. ``lists`` is how many are enabled,
    with so many ``entries``; ``at`` is when this was put in place (monotonic, seconds).
    """

    matcher: Matcher
    settings: Settings
    version: str
    spaces: frozenset[str]
    lists: int
    entries: int
    at: float

    def untold(self, signals: Sequence[Signal]) -> str:
        """Return why no list could know a content by ``signals`` alone; "" if one could."""
        return why_incomparable(signals, self.spaces, self.matcher.quality)


class Following:
    """Keeps `known` up to date. Start it with `start`, end it with `stop`.

    ``asking`` is the installation whose connections the look-ups use, ``aside`` another opening of
    it, for the follower alone.
    ``on_change`` is called, from the follower's thread, after a new version is in place.
    """

    def __init__(
        self,
        asking: Opened,
        aside: Opened,
        *,
        leads: bool,
        on_change: Callable[[Known], None] = lambda _: None,
        poll_seconds: float = POLL_SECONDS,
        stale_seconds: float = STALE_SECONDS,
    ) -> None:
        self._asking, self._aside, self._leads = asking, aside, leads
        self._scenes = InstalledScenes(aside.database, aside.vault)
        self.on_change = on_change
        self._poll_seconds, self._stale_seconds = poll_seconds, stale_seconds
        self._known: Known | None = None
        self._looked, self._building = 0.0, False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="following", daemon=True)
        self.failure = ""
        """Why the lists cannot be followed now, empty when they can."""

    def start(self) -> None:
        """Load what is there and begin to follow; raises what keeps the lists from being read."""
        self._look()
        self._thread.start()

    def stop(self) -> None:
        """Follow no more."""
        self._stopping.set()
        self._thread.join()

    @property
    def current(self) -> Known:
        """What to compare with now. Raises `CannotAsk` when there is nothing, or it is too old."""
        known = self._known
        if known is None or not known.lists:
            raise CannotAsk(NO_LISTS)
        # What is being built was in sight when that began; one that hangs is no sight of anything.
        most = BUILD_SECONDS if self._building else self._stale_seconds
        if self.age > most:
            raise CannotAsk(self.failure or "The lists have not been looked at for too long.")
        return known

    @property
    def known(self) -> Known | None:
        """The same for those who only want to show it."""
        return self._known

    @property
    def age(self) -> float:
        """Seconds since the lists were last seen as they are."""
        return time.monotonic() - self._looked

    def _run(self) -> None:
        pause = self._poll_seconds
        while not self._stopping.wait(pause):
            begun = time.monotonic()
            try:
                self._look()
            except TidebreakError as error:
                self.failure = str(error)
            except Exception as error:
                self.failure = f"The lists cannot be read ({type(error).__name__})."
            # What fails after long work is not tried without end.
            lost = time.monotonic() - begun if self.failure else 0.0
            pause = max(self._poll_seconds, lost)

    def _look(self) -> None:
        version = self._aside.catalogue.label
        if self._known is None or self._known.version != version:
            # What is replaced does not become too old for that: the lists are in sight.
            self._building = True
            try:
                self._known = self._made(version)
            finally:
                self._building = False
            self.on_change(self._known)
        self._looked, self.failure = time.monotonic(), ""

    def _made(self, version: str) -> Known:
        aside = self._aside
        enabled = [item for item in aside.catalogue.lists() if item.enabled]
        snapshot = aside.snapshot
        matcher = Matcher(
            snapshot,
            self._asking.catalogue,
            leads=self._leads,
            depth=aside.settings.depth,
            vectors=aside.known_vectors(),
            scenes=self._scenes.known() if aside.settings.verify else None,
        )
        return Known(
            matcher=matcher,
            settings=adapted(aside.settings, matcher, snapshot),
            version=version,
            spaces=aside.catalogue.spaces(),
            lists=len(enabled),
            entries=sum(item.entries for item in enabled),
            at=time.monotonic(),
        )
