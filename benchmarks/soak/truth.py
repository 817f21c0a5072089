"""What is known at any moment, so that every answer can be held against it.

Contents are numbers; each has a PDQ at random and an MD5. One that was listed or withdrawn less
than `GRACE` seconds ago may be answered either way: that is the promise of two seconds, and a
little for the clocks of this test.
"""

from __future__ import annotations

import hashlib
import random
import threading
import time
from dataclasses import dataclass, field

GRACE = 2.5


@dataclass(slots=True)
class Content:
    """One content that may be known."""

    number: int
    entry: int = 0
    known: bool = False
    changed: float = 0.0

    @property
    def signals(self) -> list[dict[str, str]]:
        """What it is looked up by."""
        return [
            {"type": "pdq", "value": random.Random(self.number).randbytes(32).hex()},
            {"type": "md5", "value": hashlib.md5(b"%d" % self.number).hexdigest()},
        ]


@dataclass(slots=True)
class Truth:
    """All contents; from several threads."""

    contents: list[Content] = field(default_factory=list[Content])
    turn: threading.Lock = field(default_factory=threading.Lock)

    def draw(self, chance: random.Random) -> tuple[Content, bool, float]:
        """Return a content, whether it is known, and when that changed."""
        with self.turn:
            one = chance.choice(self.contents)
            return one, one.known, one.changed

    def set(self, one: Content, known: bool, entry: int = 0) -> None:
        """Note that a change was answered."""
        with self.turn:
            one.known, one.changed, one.entry = known, time.monotonic(), entry or one.entry

    def unsettled(self, one: Content, began: float, known: bool) -> bool:
        """Whether an answer that was asked for at ``began`` may be either."""
        with self.turn:
            return one.known is not known or began - one.changed < GRACE
