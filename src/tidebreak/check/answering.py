"""An installation's own answers to gates: yes or no, and how sure (`tidebreak.asking`)."""

from __future__ import annotations

from collections.abc import Sequence

from tidebreak.asking import Answer
from tidebreak.check.inputs import Input
from tidebreak.check.judging import Judge, Part
from tidebreak.check.run import Check
from tidebreak.check.start import Opened, judge_of
from tidebreak.errors import CannotAsk, TidebreakError
from tidebreak.model import Level, Signal

_AUDITED = 1000
"""Questions of a gate that become one event: an event for each would drown the log."""


class Answers:
    """Answers of one installation; what it looks up by is made anew when the lists change.

    Asking is audited as a number of questions, without what was asked: `flush` at the end.
    """

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._judge: tuple[str, Judge] | None = None
        self._asked = 0

    def ask(self, items: Sequence[Sequence[Signal]]) -> list[Answer]:
        """Return one answer per item, in order.

        Raises `CannotAsk` when no list is enabled or one cannot be read: a gate must not take
        that for a no.
        """
        try:
            version, judge = self._current()
            self._asked += len(items)
            if self._asked >= _AUDITED:
                self.flush()
            return answers_of(judge, version, items)
        except TidebreakError as error:
            raise CannotAsk(str(error)) from None

    def derive(self, metainfo: bytes) -> int:
        """Add the identifiers of a torrent that holds something known; return how many are new."""
        given = Input("a torrent", data=metainfo, name="a.torrent")
        check = Check(self._current()[1], [given], self._opened.catalogue.derive)
        for _ in check:
            pass
        return check.tally.derived

    def _current(self) -> tuple[str, Judge]:
        version = self._opened.catalogue.label
        if self._judge is None or self._judge[0] != version:
            self._judge = version, judge_of(self._opened)
        return self._judge

    def flush(self) -> None:
        """Audit what was asked since the last time."""
        asked, self._asked = self._asked, 0
        if asked:
            self._opened.audit.append("ask", self._opened.actor, "lists", {"items": asked})


def answers_of(judge: Judge, version: str, items: Sequence[Sequence[Signal]]) -> list[Answer]:
    """Return the answers of ``judge``, whose lists are of ``version``."""
    verdicts = judge.judge([Part(tuple(item)) for item in items])
    return [
        Answer(
            verdict.level in (Level.EXACT, Level.EXACT_WEAK),
            version,
            any(m.level is Level.EXACT and m.kind.hits and not m.disputed for m in verdict.matches),
        )
        for verdict in verdicts
    ]
