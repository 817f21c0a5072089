"""Signs heads of the audit log as it grows, and has them stamped: what a service does by itself.

A stamp of the newest head covers everything before it, by the chain. What goes wrong is said in
`HeadKeeper.trouble`, and tried again; it stops nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tidebreak.audit import heads
from tidebreak.audit.authority import Authority
from tidebreak.audit.log import AuditLog
from tidebreak.audit.signing import Signer
from tidebreak.errors import TidebreakError

_LOOK_SECONDS, _STAMP_AGAIN_SECONDS = 5.0, 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """Where heads are kept, and how often: after so many events, or seconds with any at all."""

    folder: Path
    every_events: int = 1000
    every_seconds: float = 3600.0
    authority: Authority | None = None


class HeadKeeper:
    """Keeps heads as a `Plan` says. As a context manager it does so by itself until it is left."""

    def __init__(
        self,
        log: AuditLog,
        signer: Signer,
        plan: Plan,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log, self._signer, self._plan, self._ticks = log, signer, plan, ticks
        self._newest: Path | None = None
        self._number, self._signed_at = -1, float("-inf")
        self._stamp_at = float("-inf")
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="audit heads", daemon=True)
        self.trouble = ""
        """What went wrong the last time, one sentence; empty when nothing did."""

    def __enter__(self) -> Self:
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
        self._signed_at = float("-inf")  # what was done until the end is signed, too
        self.tick(stamp=False)  # an authority may take long; the next one asks it

    def tick(self, *, stamp: bool = True) -> None:
        """Do what is due now; never raises, but says in `trouble` what could not be done."""
        try:
            self._sign()
            if stamp:
                self._stamp()
        except TidebreakError as error:
            self.trouble = str(error)
        except OSError as error:
            self.trouble = f"The heads cannot be kept ({error.strerror}); see to their folder."
        except Exception as error:  # a thread that ends would say nothing to anybody
            self.trouble = f"The heads cannot be signed ({type(error).__name__}); report it."
        else:
            self.trouble = ""

    def _resume(self) -> None:
        """Go on after the newest head in the folder, whoever signed it."""
        folder = self._plan.folder
        found = heads.in_folder(folder) if folder.is_dir() else []
        newest = max(found, key=lambda path: heads.load(path).head.number, default=None)
        number = heads.load(newest).head.number if newest else 0
        if number > self._log.head().number:
            raise TidebreakError(
                f"There is a head of record {number}, and the log ends before that: it was cut off,"
                " or the heads are another's; run: tidebreak audit verify --heads"
            )
        self._newest, self._number = newest, number

    def _sign(self) -> None:
        if self._number < 0:
            self._resume()
        new = self._log.head().number - self._number
        late = self._ticks() - self._signed_at >= self._plan.every_seconds
        if new >= self._plan.every_events or (new > 0 and late):
            signed = self._signer.sign_last(self._log)
            if signed:
                self._newest = heads.write(self._plan.folder, signed)
                self._number, self._signed_at = signed.head.number, self._ticks()
                self._stamp_at = float("-inf")

    def _stamp(self) -> None:
        authority, now = self._plan.authority, self._ticks()
        if authority and self._newest and now >= self._stamp_at:
            self._stamp_at = now + _STAMP_AGAIN_SECONDS
            authority.stamp(self._newest)
            self._stamp_at = float("inf")  # until there is a newer one

    def _follow(self) -> None:
        self.tick()
        while not self._ended.wait(_LOOK_SECONDS):
            self.tick()
