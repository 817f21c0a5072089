"""What the tests of screening share: an installation, answers without workers, benign pictures."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
from PIL import Image

from tidebreak.errors import UsageError
from tidebreak.installation import Tidebreak
from tidebreak.lists.counting import listing
from tidebreak.matching.observe import observe_signals
from tidebreak.media.sandbox_ladder import Posture
from tidebreak.model import Examination, ListKind, Observation, Signal, State, Verdict
from tidebreak.policy.case import Case
from tidebreak.policy.policy import Policy
from tidebreak.screening import start
from tidebreak.screening.blocks import Kept
from tidebreak.screening.examiner import Examiner
from tidebreak.screening.following import Following
from tidebreak.screening.ids import new_id
from tidebreak.screening.listings import Listings
from tidebreak.screening.lookups import Lookups
from tidebreak.screening.observed import observed_row
from tidebreak.screening.quick import Quick
from tidebreak.screening.records import Records
from tidebreak.screening.retroactive import Lists, Rematch
from tidebreak.screening.rows import row_of, waits
from tidebreak.screening.screener import Machinery, Screener
from tidebreak.screening.verdicts import Later
from tidebreak.screening.writer import Writer, Written
from tidebreak.screens import Action, Decision, Origin, Part, Screened
from tidebreak.spool import Spool

_T = TypeVar("_T")


class Book:
    """A policy that is what it is."""

    current = Policy(version="1234")


class Watched:
    """That policy, which remembers what it was asked; what is from ``off`` may not be examined."""

    def __init__(self) -> None:
        self.cases: list[Case] = []
        self.off: list[Origin] = []

    def decide(self, case: Case) -> Decision:
        self.cases.append(case)
        return Book.current.decide(case)

    def surface_enabled(self, origin: Origin) -> bool:
        return origin not in self.off

    def check_surface(self, origin: Origin) -> None:
        if origin in self.off:
            raise UsageError("off")


class Worker:
    """Stands in for the workers: returns what it is told to, in the pieces that it is told."""

    def __init__(self) -> None:
        self.pieces_of: Callable[[bool], Iterable[Sequence[Examination]]] = lambda full: ()
        self.posture = Posture()
        self.failure = ""

    async def pieces(self, content: Spool, *, full: bool = False, again: bool = False):
        for piece in self.pieces_of(full):
            yield list(piece)


class Rig:
    """A screener without workers over an installation of its own; a context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stack = ExitStack()
        self.opened = self._stack.enter_context(Tidebreak.create(folder / "home", folder / "key"))
        self.worker = Worker()
        self.policy = Watched()
        self.heard: list[tuple[Screened, str]] = []

    def __enter__(self) -> Rig:
        again, aside = self._again(), self._again()
        self.following = Following(again, aside, leads=True, poll_seconds=0.01)
        self.following.start()
        self._stack.callback(self.following.stop)
        self.lookups = Lookups(lambda: self.following.current, self.opened.sealer)
        self.lookups.start()
        self._stack.callback(self.lookups.stop)
        self.sql = self.store()
        self.writer = Writer(self.store())
        self.writer.start()
        self._stack.callback(self.writer.stop)
        quick = Quick(lambda: self.following.current, self.opened.sealer, self.lookups)
        self._stack.callback(quick.stop)
        machinery = Machinery(
            cast("Examiner", self.worker), self.following, self.lookups, quick, self.writer
        )
        self.records = Records(self.sql, self.opened.audit)
        self.screener = Screener(machinery, self.records, self.policy)
        self.screener.listeners.append(lambda screened, earlier: self.tell(screened, earlier))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def store(self):
        sql = start.open_store(self.opened)
        self._stack.callback(sql.close)
        return sql

    @property
    def cases(self) -> list[Case]:
        return self.policy.cases

    def tell(self, screened: Screened, earlier: str) -> None:
        self.heard.append((screened, earlier))

    def rematch(self) -> Rematch:
        aside = self._again()
        lists = Lists(aside.database, aside.catalogue, aside.matcher, aside.settings.depth)
        sql = self.store()
        Listings(sql).begin(listing(aside.database))
        return Rematch(
            sql, lists, Later(Records(sql, aside.audit), self.writer, self.policy, self.tell)
        )

    def know(self, name: str, kind: str, *texts: str, of: ListKind = ListKind.CONTRABAND) -> None:
        """Import a list of bare values."""
        path = self.folder / f"{name}.txt"
        path.write_text("".join(f"{text}\n" for text in texts))
        self.opened.import_list(path, name=name, kind=of, format=kind)
        self.follow()

    def follow(self) -> None:
        """Wait until the lists are those that there are now."""
        deadline = time.monotonic() + 10
        wanted = self.opened.catalogue.label
        while not self.following.known or self.following.known.version != wanted:
            assert time.monotonic() < deadline, self.following.failure
            time.sleep(0.005)

    def keep(self, *items: Observation, lists: int | None = None) -> str:
        """Write a screening of ``items`` that found nothing; return its id."""
        id = new_id()
        changes = listing(self.opened.database).changes if lists is None else lists
        parts = tuple(Part(i.member, i.size, i.content, State.CLEAR) for i in items)
        decision = Decision(Action.ALLOW, "test", "nothing known was found")
        screened = Screened(
            id, "2026-01-01T00:00:00.000+00:00", Origin(client="test"), State.CLEAR,
            Verdict().level, decision, parts, f"{changes}.0",
        )  # fmt: skip
        rows = [observed_row(id, place, changes, item) for place, item in enumerate(items)]
        row = row_of(screened, range(len(parts)), waits=waits(decision))
        self.writer.keep_now(Written((row,), (), tuple(r for r in rows if r is not None)))
        return id

    def observed(self, *signals: Signal) -> Observation:
        return observe_signals(signals, self.opened.sealer)

    def _again(self) -> Tidebreak:
        return self._stack.enter_context(Tidebreak.open(self.opened.home))


def run(awaited: Coroutine[Any, Any, _T]) -> _T:
    return asyncio.run(awaited)


def sha256(number: int) -> Signal:
    return Signal.parse("sha256", f"{number:064x}")


def pdq(number: int, flipped: int = 0) -> Signal:
    """Return one of many hashes far from each other, or one so many bits from it."""
    bits = np.random.default_rng(number).integers(0, 2, 256, dtype=np.uint8)
    bits[:flipped] ^= 1
    return Signal.parse("pdq", np.packbits(bits).tobytes().hex(), 100)


def picture(seed: int, size: tuple[int, int] = (320, 240), format: str = "jpeg") -> bytes:
    colours = np.random.default_rng(seed).integers(0, 255, (9, 12, 3), dtype=np.uint8)
    made = io.BytesIO()
    Image.fromarray(colours).resize(size, Image.Resampling.BICUBIC).save(made, format)
    return made.getvalue()


def spool(folder: Path, data: bytes) -> Spool:
    made = Spool(folder, 1 << 30)
    made.write(data)
    return made


def kept(item: Observation, screening: str = "", part: int = 0, lists: int = 0) -> Kept:
    return Kept(screening or new_id(), part, lists, item)
