"""How a content gate is doing: counts, its fail mode, and the last failure."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from tidebreak.gates.content_policy import ContentPolicy, Outcome, Ruling

_NAMES = (
    "screened", "pass", "refuse", "failure", "known", "let through", "kept", "not opened",
    "turned away",
)  # fmt: skip


class ContentStatus:
    """Counts rulings; may be used from several threads."""

    def __init__(self, name: str, policy: ContentPolicy) -> None:
        self._name, self._policy = name, policy
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._failing_since: datetime | None = None
        self._last: tuple[datetime, str] | None = None
        self._version = ""

    def count(self, ruling: Ruling) -> None:
        """Count one content."""
        with self._lock:
            self._counts["screened"] += 1
            self._counts[ruling.outcome.value] += 1
            self._counts["known"] += ruling.known is True
            self._counts["let through"] += ruling.passes and ruling.known is None
            self._version = ruling.version or self._version
            if ruling.outcome is Outcome.FAILURE or (ruling.passes and ruling.known is None):
                self._last = (datetime.now(UTC), ruling.why)

    def kept(self) -> None:
        """Count a sealed copy."""
        with self._lock:
            self._counts["kept"] += 1

    def not_opened(self) -> None:
        """Count a body that was screened as it came, though it may hold files that are encoded."""
        with self._lock:
            self._counts["not opened"] += 1

    def turned_away(self) -> None:
        """Count a caller for whom there was no connection left."""
        with self._lock:
            self._counts["turned away"] += 1

    def answered(self, why_not: str = "") -> bool:
        """Note that whoever screens answered, or did not; return whether that is new."""
        with self._lock:
            new = bool(why_not) != (self._failing_since is not None)
            if new:
                self._failing_since = datetime.now(UTC) if why_not else None
            return new

    @property
    def failing(self) -> bool:
        """Whether the last question had no answer."""
        return self._failing_since is not None

    @property
    def line(self) -> str:
        """What the gate says of itself where its protocol lets it."""
        return f"{'failing' if self.failing else 'ok'}; {self._policy.in_words}"

    @property
    def in_words(self) -> str:
        """All counts in one line."""
        with self._lock:
            return ", ".join(f"{name} {self._counts[name]:,}" for name in _NAMES)

    def record(self) -> dict[str, Any]:
        """Return everything, ready for JSON, a status page or metrics."""
        with self._lock:
            since, last = self._failing_since, self._last
            return {
                "gate": self._name,
                "state": "failing" if since else "ok",
                "failing_since": since.isoformat(timespec="seconds") if since else None,
                "last_failure": last and last[0].isoformat(timespec="seconds"),
                "last_failure_why": last and last[1],
                "list_version": self._version,
                "on_failure": self._policy.on_failure.value,
                "on_refusal": self._policy.on_refusal.value,
                "refuse_from": self._policy.refuse_from.value,
                "surface": self._policy.surface.value,
                "counts": {name: self._counts[name] for name in _NAMES},
            }
