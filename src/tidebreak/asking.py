"""The one question of gates and other faces, whoever answers it: whether this is known.

Answers are no, known or certain, with the version of the lists behind them, and nothing else: no
entry, no distance, no list (``docs/threat-model.md``).
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


def answer_of(found: Sequence[tuple[str, bool]], version: str) -> Answer:
    """Return the answer for one item by what is ``found`` of its signals among the known ones.

    Each is the signal's family, and whether it decides alone. Certain is what one decides or what
    two of different families say. Whoever asks sealed cannot see whether those two belong to one
    entry, as the matcher can: that is weaker evidence than an entry's own two digests.
    """
    certain = any(decides for _, decides in found) or len({family for family, _ in found}) > 1
    return Answer(bool(found), version, certain or not found)


class Asker(Protocol):
    """Whoever can tell: an installation, a server that is asked blindly, a sealed store."""

    def ask(self, items: Sequence[Sequence[Signal]]) -> list[Answer]:
        """Return one answer per item, whose signals all name one content, in order.

        Raises `CannotAsk` when there is no answer: silence is never a no.
        """
        ...


__all__ = ["Answer", "Asker", "answer_of"]
