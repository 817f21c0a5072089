"""The screener: what happens to each thing that a service is asked about.

``examine → observe → judge → decide → write down → tell``: in this order, and nobody is told
before it is written. What could not be examined is a part with a reason; what could not be
judged, decided or written down is an error, never an answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from tidebreak.errors import CannotAsk
from tidebreak.media.sandbox_ladder import Posture
from tidebreak.model import Examination, Signal, Verdict
from tidebreak.policy.case import Case
from tidebreak.screening.deciding import Listener, PolicyNow, changes_of, now
from tidebreak.screening.examiner import Examiner
from tidebreak.screening.following import Following
from tidebreak.screening.health import ScreenerState, state_now
from tidebreak.screening.ids import new_id
from tidebreak.screening.lookups import Judged, Lookups
from tidebreak.screening.observed import observed_row
from tidebreak.screening.parts import Whole, level_of_whole, state_of_whole
from tidebreak.screening.quick import Quick, named
from tidebreak.screening.records import Records
from tidebreak.screening.retroactive import RematchResult
from tidebreak.screening.rows import Row, pairs_of, row_of, waits
from tidebreak.screening.upkeep import Upkeep
from tidebreak.screening.writer import Writer, Written
from tidebreak.screens import Origin, Screened
from tidebreak.spool import Spool


@dataclass(slots=True)
class _Attempt:
    """One way through one content, under an id that becomes the screening's."""

    id: str = field(default_factory=new_id)
    whole: Whole = field(default_factory=Whole)
    told: list[Row] = field(default_factory=list[Row])
    rows: list[Row] = field(default_factory=list[Row])
    confirm: bool = False

    def add(self, examined: Sequence[Examination], judged: Judged) -> None:
        """Take in a piece: its parts, what is said of them, and the rows that keep it."""
        first = self.whole.seen
        parts = self.whole.add(examined, judged)
        changes = changes_of(self.whole.version)
        for place, (part, item) in enumerate(
            zip(parts, judged.observations, strict=True), start=first
        ):
            self.told += [(self.id, place, pair) for pair in sorted(pairs_of(part.verdict))]
            row = observed_row(self.id, place, changes, item)
            self.rows += [] if row is None else [row]


@dataclass(frozen=True, slots=True)
class Machinery:
    """What a screener is made of, all of it started."""

    examiner: Examiner
    following: Following
    lookups: Lookups
    quick: Quick
    writer: Writer


class Screener:
    """Keeps `tidebreak.screens.Screens`; made by `tidebreak.screening.start.screener`.

    ``records`` is what it has written down, ``listeners`` are told of every answer after that.
    """

    def __init__(
        self,
        machinery: Machinery,
        records: Records,
        policy: PolicyNow,
    ) -> None:
        self._examiner, self._following = machinery.examiner, machinery.following
        self._lookups, self._quick = machinery.lookups, machinery.quick
        self._writer = machinery.writer
        self._policy = policy
        self.records = records
        self.listeners: list[Listener] = []
        self.upkeep: Upkeep | None = None

    @property
    def posture(self) -> Posture:
        """How far the workers are locked down."""
        return self._examiner.posture

    @property
    def state(self) -> ScreenerState:
        """How it is, as health checks and metrics show it."""
        return state_now(self._examiner, self._following, self._writer)

    async def hash(self, content: Spool, *, full: bool = False) -> tuple[Examination, ...]:
        """Return what a worker found out: of the members of an archive, and of it itself.

        Nothing is compared and nothing is kept. Raises `Overloaded` and `CannotAsk`.
        """
        return await self._examiner.examine(content, full=full)

    async def match(self, items: Sequence[Sequence[Signal]]) -> tuple[list[Verdict], str]:
        """Return a verdict for each of ``items``, and the version of the lists.

        All signals of an item name one content. Nothing is kept. Raises `CannotAsk`. Where nothing
        is found, `untold` says whether anything could have been.
        """
        return await self._quick.match(items)

    def untold(self, items: Sequence[Sequence[Signal]]) -> list[str]:
        """Return for each of ``items`` why no list of now could know it, "" where one could.

        That is never a no. Raises `CannotAsk`.
        """
        known = self._following.current
        return [known.untold(signals) for signals in items]

    async def screen(self, content: Spool, origin: Origin) -> Screened:
        """Return what to do with ``content``, which stays the caller's to close.

        Raises `Overloaded` when there is too much to do, `CannotAsk` when nothing can be told,
        `UsageError` for a surface that is off.
        """
        self._policy.check_surface(origin)
        attempt = await self._tried(content, full=False)
        if attempt.confirm:  # a fast path came near: only the full decode counts
            attempt = await self._tried(content, full=True)
        sandbox = self._examiner.posture.level
        screened, written = self._concluded(attempt, origin, sandbox)
        await self._writer.keep(written)
        self.tell(screened)
        return screened

    async def screen_signals(
        self, items: Sequence[Sequence[Signal]], origin: Origin
    ) -> list[Screened]:
        """Return what to do with each of ``items``; raises as `screen` does."""
        self._policy.check_surface(origin)
        examined = [named(signals) for signals in items]
        judged = await self._lookups.judge(examined)
        concluded: list[tuple[Screened, Written]] = []
        for row, item in enumerate(examined):
            attempt = _Attempt()
            attempt.add([item], judged.part(row, row + 1))
            concluded.append(self._concluded(attempt, origin, 0))
        await self._writer.keep(*(written for _, written in concluded))
        for screened, _ in concluded:
            self.tell(screened)
        return [screened for screened, _ in concluded]

    async def rematch(self, names: Collection[str] = ()) -> RematchResult:
        """Match what was screened before with what has come to count since.

        With ``names`` it is matched with the whole of those lists. Listeners are told of new
        verdicts. Raises `UsageError` for a list that there is not, `Busy`, `NotKept`.
        """
        if self.upkeep is None:
            raise CannotAsk("Nothing is matched again here.")
        return await asyncio.wrap_future(self.upkeep.rematch(names))

    def tell(self, screened: Screened, earlier: str = "") -> None:
        """Tell all listeners of an answer that was written down; on the event loop."""
        for listener in self.listeners:
            try:
                listener(screened, earlier)
            except Exception as error:  # the answer stands, whoever could not take note of it
                asyncio.get_running_loop().call_exception_handler(
                    {"message": "a listener failed", "exception": error}
                )

    async def _tried(self, content: Spool, *, full: bool) -> _Attempt:
        attempt = _Attempt()
        async with aclosing(self._examiner.pieces(content, full=full, again=full)) as pieces:
            async for piece in pieces:
                judged = await self._lookups.judge(piece)
                if judged.confirm and not full:
                    attempt.confirm = True
                    break
                # What was gathered before waits on the disk; without its screening it is nothing.
                if attempt.rows:
                    rows, attempt.rows = tuple(attempt.rows), []
                    await self._writer.keep(Written(observations=rows))
                attempt.add(piece, judged)
        return attempt

    def _concluded(
        self, attempt: _Attempt, origin: Origin, sandbox: int
    ) -> tuple[Screened, Written]:
        whole = attempt.whole
        parts = whole.finish()
        unstated = tuple(whole.unstated)
        state = state_of_whole(parts, unstated)
        decision = self._policy.decide(Case(parts, state, origin, id=attempt.id, unstated=unstated))
        screened = Screened(
            attempt.id, now(), origin, state, level_of_whole(parts), decision, parts,
            whole.version, sandbox, whole.unexamined,
        )  # fmt: skip
        row = row_of(screened, whole.places, waits=waits(decision))
        return screened, Written((row,), tuple(attempt.told), tuple(attempt.rows))
