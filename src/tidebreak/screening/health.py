"""How screening is, in one record: what readiness, metrics and the status page are made of."""

from __future__ import annotations

from dataclasses import dataclass

from tidebreak.errors import CannotAsk
from tidebreak.screening.examiner import Examiner
from tidebreak.screening.following import Following
from tidebreak.screening.writer import Writer


@dataclass(frozen=True, slots=True)
class ScreenerState:
    """``reasons`` say why it is not ready, one sentence each; empty when it is.

    ``version`` is that of the lists in place, ``lists_age`` the seconds since they were last seen
    as they are. ``queued`` jobs of ``queued_bytes`` wait or are examined by ``workers`` workers at
    ``sandbox`` level (1 to 4).
    """

    reasons: tuple[str, ...]
    version: str
    lists: int
    entries: int
    lists_age: float
    queued: int
    queued_bytes: int
    workers: int
    sandbox: int

    @property
    def ready(self) -> bool:
        """Whether what is asked now is answered."""
        return not self.reasons


def state_now(examiner: Examiner, following: Following, writer: Writer) -> ScreenerState:
    """Return how it is at this moment; costs next to nothing."""
    known = following.known
    return ScreenerState(
        reasons=tuple(filter(None, (_unlisted(following), examiner.failure, writer.failure))),
        version=known.version if known else "",
        lists=known.lists if known else 0,
        entries=known.entries if known else 0,
        lists_age=following.age,
        queued=examiner.jobs.depth,
        queued_bytes=examiner.jobs.bytes,
        workers=examiner.workers,
        sandbox=examiner.posture.level,
    )


def _unlisted(following: Following) -> str:
    try:
        _ = following.current
    except CannotAsk as error:
        return str(error)
    return ""
