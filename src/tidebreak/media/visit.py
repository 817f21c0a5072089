"""The walk of one archive: its members go on to be examined, its defects become its reasons."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from tidebreak.media.archive import Broken, LimitReached, Meter, Walk
from tidebreak.media.intake import Intake, Whole
from tidebreak.media.reasons import joined, told
from tidebreak.media.signatures import BINARY
from tidebreak.settings import Limits

OUT_OF_MEMORY = "the examining process ran out of memory"

Deliver = Callable[[str, Whole], None]
"""Takes the name of a member and what it is."""


class Visit:
    """The visitor of one archive.

    ``deliver`` is called once for every member, in order; ``beat`` whenever work has gone on.
    """

    def __init__(
        self, limits: Limits, meter: Meter, deliver: Deliver, beat: Callable[[], None]
    ) -> None:
        self._limits, self._meter, self._deliver, self._beat = limits, meter, deliver, beat
        self._open: _Member | None = None
        self._reasons: list[str] = []

    def run(self, walk: Walk, file: BinaryIO) -> tuple[str, LimitReached | None]:
        """Walk the archive in ``file``.

        Returns the reasons why not all of it was examined, empty when all was, and the limit of
        an outer archive that was reached, which must end that one's walk too.
        """
        try:
            walk(file, self)
        except LimitReached as limit:
            self._end(str(limit), "cut off by a limit of its archive")
            return self._reason(), None if limit.meter is self._meter else limit
        except MemoryError:
            self._end(OUT_OF_MEMORY, OUT_OF_MEMORY)
        except Broken as error:
            self._end(str(error), "damaged: its archive breaks off in it")
        except Exception as error:  # readers of archives raise anything on damaged input
            self._end(_damage(error), "damaged: its archive breaks off in it")
        return self._reason(), None

    def member(self, name: str) -> _Member:
        """Begin a member."""
        self._meter.member()
        self._open = _Member(self, name, Intake(self._limits, members=True))
        return self._open

    def unreadable(self, name: str, reason: str) -> None:
        """Deliver a member that cannot be read."""
        self._meter.member()
        self._beat()
        self._deliver(name, Whole(BINARY, 0, None, ((), False), reason))

    def remark(self, reason: str) -> None:
        """Note a defect of the archive, once."""
        if reason not in self._reasons:
            self._reasons.append(reason)

    def beat(self) -> None:
        """Show that work goes on."""
        self._meter.check_time()
        self._beat()

    def take(self, chunk: bytes) -> None:
        """Count what was unpacked."""
        self._meter.unpacked(len(chunk))
        self._beat()

    def close(self, name: str, whole: Whole) -> None:
        """Deliver a member that is complete."""
        self._open = None
        self._deliver(name, whole)

    def _end(self, reason: str, of_member: str) -> None:
        self.remark(reason)
        if self._open is not None:
            self._open.close(of_member)

    def _reason(self) -> str:
        return joined(*self._reasons)


class _Member:
    """One member, while it is unpacked."""

    def __init__(self, visit: Visit, name: str, intake: Intake) -> None:
        self._visit, self._name, self._intake = visit, name, intake

    def write(self, chunk: bytes, /) -> None:
        self._visit.take(chunk)
        self._intake.write(chunk)

    def close(self, reason: str = "") -> None:
        self._visit.close(self._name, self._intake.finish(reason))


def _damage(error: Exception) -> str:
    # Some say no more than the key that they missed: what kind of error it was helps then.
    text, kind = told(error), type(error).__name__
    return f"damaged: {text}" if text == kind else f"damaged: {text} ({kind})"
