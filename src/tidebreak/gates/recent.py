"""Answers that are still fresh: a swarm announces the same torrent thousands of times an hour.

Kept for seconds, in memory, under digests with a key that dies with the process. A change of the
lists counts at announces once an answer has gone stale; metadata is always asked about anew.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from tidebreak.asking import Answer, Asker
from tidebreak.model import Signal

FRESH = 30.0
"""Seconds for which an answer counts."""

MOST = 1 << 20
"""Answers that are kept; the oldest go first."""

_DIGEST = 16
_NONE = (float("-inf"), Answer(known=False, version=""))


class Recent:
    """An asker in front of another (`tidebreak.asking.Asker`), for one thread at a time."""

    def __init__(
        self, asker: Asker, fresh: float = FRESH, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._asker, self._fresh, self._clock = asker, fresh, clock
        self._key = secrets.token_bytes(32)
        self._answers: OrderedDict[bytes, tuple[float, Answer]] = OrderedDict()

    def ask(self, items: Sequence[Sequence[Signal]]) -> list[Answer]:
        """Return one answer per item; only what has no fresh one is asked about."""
        now = self._clock()
        tags = [self._tag(item) for item in items]
        found = {tag: held[1] for tag in tags if (held := self._answers.get(tag, _NONE))[0] > now}
        stale = {tag: item for tag, item in zip(tags, items, strict=True) if tag not in found}
        if stale:
            new = dict(zip(stale, self._asker.ask(list(stale.values())), strict=True))
            found |= new
            self._keep(new, now)
        return [found[tag] for tag in tags]

    def _keep(self, new: dict[bytes, Answer], now: float) -> None:
        for tag, answer in new.items():
            self._answers.pop(tag, None)
            self._answers[tag] = (now + self._fresh, answer)
        while len(self._answers) > MOST:
            self._answers.popitem(last=False)

    def _tag(self, item: Sequence[Signal]) -> bytes:
        digest = hashlib.blake2b(key=self._key, digest_size=_DIGEST)
        for signal in item:
            digest.update(f"{signal.type.name}:{len(signal.value)}:".encode())
            digest.update(signal.value)
        return digest.digest()
