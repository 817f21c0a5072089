"""The one question of gates and other faces, whoever answers it: whether this is known.

Answers are yes or no with the version of the lists behind them, and nothing else: no entry, no
distance, no list (``docs/threat-model.md``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tidebreak.model import Signal


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether something is known, by the lists as they were at ``version``.

    What is known without being ``certain`` was recognised only by digests for which collisions can
    be made (level exact-weak): a person decides, and no gate refuses it by itself.
    """

    known: bool
    version: str
    certain: bool = True


class Asker(Protocol):
    """Whoever can tell: an installation, a server that is asked blindly, a sealed store."""

    def ask(self, items: Sequence[Sequence[Signal]]) -> list[Answer]:
        """Return one answer per item, whose signals all name one content, in order.

        Raises `CannotAsk` when there is no answer: silence is never a no.
        """
        ...


__all__ = ["Answer", "Asker"]
