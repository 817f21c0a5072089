"""How many bytes are on their way in at once, over all requests: a bound that holds."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from tidebreak.screens import Overloaded

_WAIT_SECONDS = 2


class Share:
    """What one request has taken of the budget: what has come, not what is announced.

    Else a few who announce much and send nothing would keep everybody else out.
    """

    def __init__(self, budget: Budget) -> None:
        self._budget, self.size = budget, 0

    def announce(self, size: int) -> None:
        """Raise `Overloaded` where there is no room for ``size`` bytes in all as things are."""
        self._budget.check(size - self.size)

    def grow(self, size: int) -> None:
        """Have ``size`` bytes in all, or more; raise `Overloaded` where that is too much."""
        if size > self.size:
            self._budget.take(size - self.size)
            self.size = size


class Budget:
    """``most`` bytes; for one thread, the one of the event loop."""

    def __init__(self, most: int) -> None:
        self.most, self.used = most, 0

    @contextmanager
    def share(self) -> Generator[Share]:
        """Give a request its share, and take it back at the end."""
        share = Share(self)
        try:
            yield share
        finally:
            self.used -= share.size

    def take(self, size: int) -> None:
        """Take so many bytes; raise `Overloaded` where they are not left."""
        self.check(size)
        self.used += size

    def check(self, size: int) -> None:
        """Raise `Overloaded` where so many bytes are not left."""
        if self.used + size > self.most:
            raise Overloaded(_WAIT_SECONDS)
