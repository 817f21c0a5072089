"""How often a call is tried and what is waited between, apart from any network.

Exponential back-off with full jitter, so that clients which were all refused at once do not come
back at once; ``Retry-After`` (RFC 9110, 10.2.3) is honoured. A call is repeated only when doing it
twice does no harm and its body can be sent again.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from tidebreak.client.errors import CannotAsk, ComeBack

_AGAIN = (408, 425, 429, 502, 503, 504)
_WORTH_A_WAIT = 409
"""A call with the same idempotency key is still under way; then `Retry-After` says so."""

_SHORTEST_DEFAULT = 1.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one call may take, in seconds.

    ``tries`` is how often at most it is made, ``seconds`` what the network may be silent for,
    ``deadline`` what all tries and pauses may take together. Pauses are drawn between 0 and
    ``pause``, which doubles each time up to ``longest``.
    """

    tries: int = 5
    seconds: float = 30.0
    deadline: float = 120.0
    pause: float = 0.25
    longest: float = 10.0


@dataclass(frozen=True, slots=True)
class Reply:
    """What the service said. The names of ``headers`` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Silence:
    """There was no reply; ``why`` is one word or two about the network."""

    why: str


Heard = Reply | Silence


@dataclass(frozen=True, slots=True)
class Try:
    """Make the call; the network may be silent for ``seconds``, all ends at ``until``."""

    seconds: float
    until: float


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait for ``seconds``; what is sent back does not matter."""

    seconds: float


Steps = Generator[Try | Pause, Heard | None, Reply]


@dataclass(frozen=True, slots=True)
class Attempts:
    """The steps of calls: whoever has a network carries them out and sends back the outcomes."""

    patience: Patience = field(default_factory=Patience)
    now: Callable[[], float] = time.monotonic
    draw: Callable[[float, float], float] = random.uniform

    def steps(self, repeatable: Callable[[], bool]) -> Steps:
        """Yield what to do next; return a reply that does not call for another try.

        Raises `ComeBack` or `CannotAsk` when there will be none.
        """
        until, pause = self.now() + self.patience.deadline, self.patience.pause
        for left in range(max(1, self.patience.tries) - 1, -1, -1):
            outcome = yield Try(min(self.patience.seconds, max(until - self.now(), 0.001)), until)
            assert outcome is not None
            if isinstance(outcome, Reply) and not _passing(outcome):
                return outcome
            asked = _retry_after(outcome)
            wait = asked + self.draw(0, pause)
            if not left or not repeatable() or self.now() + wait > until:
                raise _no_answer(outcome, asked)
            yield Pause(wait)
            pause = min(2 * pause, self.patience.longest)
        raise AssertionError


def _passing(reply: Reply) -> bool:
    """Whether a reply may be another one in a moment."""
    if reply.status == _WORTH_A_WAIT:
        return "retry-after" in reply.headers
    return reply.status in _AGAIN


def _retry_after(outcome: Heard) -> float:
    """Return the seconds for which the service asks, 0 when it asks for none."""
    text = outcome.headers.get("retry-after", "") if isinstance(outcome, Reply) else ""
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):  # no date, or one without a zone
        return 0.0


def _no_answer(outcome: Heard, seconds: float) -> CannotAsk:
    if isinstance(outcome, Silence):
        return CannotAsk(f"The service does not answer ({outcome.why}).")
    if outcome.status in (409, 429, 503):
        wait = max(seconds, _SHORTEST_DEFAULT)
        return ComeBack(
            f"The service cannot answer now (status {outcome.status}); ask again in {wait:.0f} s.",
            wait,
        )
    return CannotAsk(f"The service gives no answer (status {outcome.status}).")
