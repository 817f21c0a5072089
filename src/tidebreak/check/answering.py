"""An installation's own answers to gates: yes or no, and how sure (`tidebreak.asking`)."""

from __future__ import annotations

from collections.abc import Sequence

from tidebreak.asking import Answer
from tidebreak.check.judging import Judge, Part
from tidebreak.check.start import Opened, judge_of
from tidebreak.errors import CannotAsk, TidebreakError
from tidebreak.model import Level, Signal


def answers(opened: Opened, items: Sequence[Sequence[Signal]]) -> list[Answer]:
    """Return one answer per item, in order.

    Raises `CannotAsk` when no list is enabled or one cannot be read: a gate must not take that
    for a no. Asking is audited as a number of questions, without what was asked.
    """
    try:
        judge = judge_of(opened)
        version = str(opened.snapshot.covers)
        opened.audit.append("ask", opened.actor, "lists", {"items": len(items)})
        return answers_of(judge, version, items)
    except CannotAsk:
        raise
    except TidebreakError as error:
        raise CannotAsk(str(error)) from None


def answers_of(judge: Judge, version: str, items: Sequence[Sequence[Signal]]) -> list[Answer]:
    """Return the answers of ``judge``, whose lists are of ``version``."""
    verdicts = judge.judge([Part(tuple(item)) for item in items])
    return [
        Answer(level in (Level.EXACT, Level.EXACT_WEAK), version, level is Level.EXACT)
        for level in (verdict.level for verdict in verdicts)
    ]
