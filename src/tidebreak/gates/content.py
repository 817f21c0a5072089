"""A content gate: takes bytes in, asks what to do with them, and says pass, refuse or failure.

It decides nothing by itself and never says that something is clear because it could not look. What
a caller does with a refusal is the caller's: many delete, which may destroy evidence
(``docs/content-gates.md``).
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tidebreak.errors import TidebreakError
from tidebreak.gates.content_policy import ContentPolicy, Outcome, Ruling
from tidebreak.gates.content_status import ContentStatus
from tidebreak.gates.events import Event, EventKind, OnEvent, event, redacted
from tidebreak.gates.policy import Action as Done
from tidebreak.gates.room import Room
from tidebreak.screens import Overloaded, Screened, Screens
from tidebreak.spool import Spool


class Keeps(Protocol):
    """Whoever keeps a sealed copy of what was refused."""

    def keep(self, content: Spool, screened: Screened) -> None:
        """Keep ``content``; raises `TidebreakError` or `OSError` when it cannot."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a gate is: the folder for bytes on their way in, and who hears of what happens."""

    spool: Path
    on_event: OnEvent = lambda _: None
    keeper: Keeps | None = None


class ContentGate:
    """What all content gates share. For one event loop."""

    def __init__(self, screens: Screens, name: str, policy: ContentPolicy, place: Place) -> None:
        self.name, self.policy = name, policy
        self.status = ContentStatus(name, policy)
        self._screens, self._place = screens, place
        self._room = Room(place.spool, policy.in_flight)
        self._salt = os.urandom(16)
        self._seen = ("", "")

    def spool(self) -> Spool:
        """Return where the next content goes; the caller closes it."""
        return self._room.spool(self.policy.most)

    @property
    def tag(self) -> str:
        """What changes whenever answers may: with the lists, the policy, the gate, a restart."""
        text = "\0".join((*self._seen, self.policy.in_words))
        return hashlib.blake2b(text.encode(), key=self._salt, digest_size=12).hexdigest()

    def tell(self, happened: Event) -> None:
        """Tell the operator."""
        self._place.on_event(happened)

    async def screen(self, content: Spool, item: str = "") -> Ruling:
        """Return what to do with ``content``; never raises for want of an answer.

        ``item`` is the caller's own name for it.
        """
        item = redacted(item)
        try:
            async with asyncio.timeout(self.policy.seconds):
                origin = self.policy.origin(self.name, item)
                screened = await self._screens.screen(content, origin)
        except Overloaded as error:
            return self._unanswered("there is too much to do", error.seconds)
        except TimeoutError:
            return self._unanswered("screening took too long")
        except TidebreakError as error:
            return self._unanswered(str(error))
        except Exception as error:  # a fault of ours must not look like a clear content either
            return self._unanswered(f"an internal error ({type(error).__name__})")
        self._answered()
        self._seen = (screened.version, screened.decision.policy)
        ruling = self.policy.ruling(screened)
        if ruling.outcome is Outcome.REFUSE:
            ruling = await self._kept(content, screened, ruling)
        self._note(ruling, item)
        return ruling

    def untold(self, why: str, item: str = "", *, never: bool = False) -> Ruling:
        """Return what follows when a content could not even be taken in."""
        ruling = self.policy.failure(redacted(why), never=never)
        self._note(ruling, redacted(item))
        return ruling

    async def _kept(self, content: Spool, screened: Screened, ruling: Ruling) -> Ruling:
        keeper = self._place.keeper
        if keeper is None:
            return ruling
        try:
            await asyncio.to_thread(keeper.keep, content, screened)
        except (TidebreakError, OSError) as error:
            why = f"a sealed copy could not be kept ({type(error).__name__})"
            self.tell(event(EventKind.WARNING, f"{why}; make room for it"))
            # The caller may delete what is refused: then nothing would be left of it.
            return self.policy.failure(why, screened.id, screened.version, never=True)
        self.status.kept()
        return ruling

    def _note(self, ruling: Ruling, item: str) -> None:
        self.status.count(ruling)
        kind, action = _KINDS[ruling.outcome]
        if ruling.passes and ruling.known:
            kind = EventKind.HIT
        elif ruling.passes and ruling.known is None:
            kind = EventKind.LET_THROUGH
        elif ruling.passes:
            return
        why = f"{ruling.why}; screening {ruling.screening}" if ruling.screening else ruling.why
        self.tell(event(kind, why, item, action, ruling.version))

    def _unanswered(self, why: str, wait: int = 0) -> Ruling:
        ruling = self.policy.failure(redacted(why), wait=wait)
        self.status.count(ruling)
        if self.status.answered(ruling.why):  # told once, not for each that waits
            self.tell(event(EventKind.FAILING, f"{ruling.why}; {self.policy.in_words}"))
        return ruling

    def _answered(self) -> None:
        if self.status.answered():
            self.tell(event(EventKind.RECOVERED))


_KINDS = {
    Outcome.PASS: (EventKind.LET_THROUGH, Done.ALLOW),
    Outcome.FAILURE: (EventKind.HELD, Done.HOLD),
    Outcome.REFUSE: (EventKind.HIT, Done.REFUSE),
}
