"""Every error that leaves Tidebreak, in one tree.

::

    TidebreakError            a sentence that says what went wrong and what to do next
    ├── UsageError            the caller asked for something that cannot be done as asked
    │   ├── BadSignal         a text is not a signal of the type that it claims
    │   └── BadLink           a text or file is no link, torrent or client store that can be read
    ├── NotInstalled          there is no installation here, or its key is missing
    ├── BadList               a hash list cannot be read; carries the line and the reason
    ├── Damaged               a stored file fails its checksum or its self-test
    ├── Busy                  another process holds what this one needs
    ├── CannotRead            a path is no file that can be read; becomes that path's result
    ├── OverLimit             more was asked than the caller may; carries how long to wait
    ├── CannotAsk             whether something is known cannot be told now: never a "no"
    └── WorkersFailed         the isolated worker processes cannot be started

Anything that concerns one examined file is not an error but a *result* with a reason
(``docs/design.md``, rule 2): one bad file never stops a run.
"""

from __future__ import annotations


class TidebreakError(Exception):
    """Base of all errors; ``str(error)`` is one sentence that says what to do next."""


class UsageError(TidebreakError, ValueError):
    """The request cannot be carried out as it stands."""


class BadSignal(UsageError):
    """A text is not a valid signal of the type that it claims."""


class BadLink(UsageError):
    """A text or file is no link, torrent or client store, or breaks the rules of its kind.

    What it holds is never repeated: it may be a locator.
    """


class NotInstalled(TidebreakError):
    """There is no installation at this place, or a part of it is missing."""


class BadList(TidebreakError):
    """A hash list cannot be imported.

    ``line`` is the 1-based line (or record) that is at fault, 0 when it is the whole file.
    """

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


class Damaged(TidebreakError):
    """A stored file is not what was written: it must be rebuilt or restored."""


class Busy(TidebreakError):
    """Another process is writing; try again when it has finished."""


class CannotRead(TidebreakError):
    """A path cannot be opened as a file; ``str(error)`` is the reason that its result carries."""


class CannotAsk(TidebreakError):
    """Nobody can tell now whether something is known; the caller must not take that for a no."""


class OverLimit(TidebreakError):
    """More was asked, or tried, than the caller may; ``wait`` is in seconds."""

    def __init__(self, message: str, wait: float) -> None:
        super().__init__(message)
        self.wait = wait


class WorkersFailed(TidebreakError):
    """The processes that examine files do not start here: ``tidebreak doctor`` shows why."""
