"""How a gate is doing: counts, whether answers come, and since when they do not."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tidebreak.gates.policy import Action, Decision, Policy


@dataclass(frozen=True, slots=True)
class Change:
    """Whether answers began (`failing` False) or ceased (True) to come with this decision."""

    failing: bool
    why: str


class Status:
    """Counts decisions; may be used from several threads."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._failing_since: datetime | None = None
        self._why = ""
        self._version = ""

    def count(self, decision: Decision) -> None:
        """Count one decision."""
        with self._lock:
            self._counts["asked"] += 1
            self._counts[decision.action.value] += 1
            self._counts["known"] += decision.known is True
            self._counts["untold"] += decision.known is None
            self._counts["partly judged"] += bool(decision.unjudged)
            self._version = decision.version or self._version

    def answered(self, why_not: str = "") -> Change | None:
        """Note that whoever is asked answered, or did not; return what changed by that."""
        with self._lock:
            was, is_now = self._failing_since is not None, bool(why_not)
            self._why = why_not
            if was == is_now:
                return None
            self._failing_since = datetime.now(UTC) if is_now else None
            return Change(is_now, why_not)

    @property
    def failing(self) -> bool:
        """Whether the last question had no answer."""
        return self._failing_since is not None

    @property
    def header(self) -> str:
        """What every answer over HTTP says of the gate."""
        state = "failing" if self.failing else "ok"
        return f"{state}; on-failure={self._policy.on_failure}; on-hit={self._policy.on_hit}"

    @property
    def in_words(self) -> str:
        """All counts in one line."""
        with self._lock:
            return ", ".join(f"{name} {self._counts[name]:,}" for name in _NAMES)

    def record(self) -> dict[str, Any]:
        """Return everything, ready for JSON."""
        with self._lock:
            since = self._failing_since
            return {
                "state": "failing" if since else "ok",
                "failing_since": since.isoformat(timespec="seconds") if since else None,
                "failing_why": self._why or None,
                "list_version": self._version,
                "on_hit": self._policy.on_hit.value,
                "on_failure": self._policy.on_failure.value,
                "on_unjudged": self._policy.on_unjudged.value,
                "counts": {name: self._counts[name] for name in _NAMES},
            }


_NAMES = ("asked", *(action.value for action in Action), "known", "untold", "partly judged")
