"""Somebody who screens, for tests of content gates: knows bytes by their SHA-256, or breaks."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tidebreak.gates.content import ContentGate, Place
from tidebreak.gates.content_policy import ContentPolicy
from tidebreak.gates.events import Event
from tidebreak.gates.policy import OnFailure
from tidebreak.model import Level, Signal, State
from tidebreak.screens import Action, Decision, Origin, Screened
from tidebreak.spool import Spool

KNOWN, CLEAR, BROKEN = b"benign but known " * 50, b"benign and clear " * 50, b"cannot be read " * 50


@dataclass
class Screener:
    """Says block for what is `KNOWN`, review for what cannot be read (`BROKEN`), else allow."""

    error: Exception | None = None
    delay: float = 0
    version: str = "7"
    known: set[bytes] = field(default_factory=lambda: {KNOWN})
    asked: list[tuple[bytes, Origin]] = field(default_factory=list)
    now: int = 0
    most_at_once: int = 0
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def screen(self, content: Spool, origin: Origin) -> Screened:
        self.now += 1
        self.most_at_once = max(self.most_at_once, self.now)
        await asyncio.sleep(self.delay)
        self.now -= 1
        if self.error is not None:
            raise self.error
        with os.fdopen(content.open(), "rb") as file:
            data = file.read()
        self.asked.append((data, origin))
        state, level, action = State.CLEAR, Level.NONE, Action.ALLOW
        if hashlib.sha256(data).digest() in {hashlib.sha256(each).digest() for each in self.known}:
            state, level, action = State.MATCHED, Level.EXACT, Action.BLOCK
        elif data == BROKEN:
            state, action = State.NOT_FULLY_EXAMINED, Action.REVIEW
        number = f"scr-{next(self._numbers)}"
        decision = Decision(action, "rule", "why", policy="p1")
        return Screened(number, "2026-01-01T00:00:00Z", origin, state, level, decision, (),
                        self.version)  # fmt: skip

    async def screen_signals(
        self, items: Sequence[Sequence[Signal]], origin: Origin
    ) -> list[Screened]:
        raise NotImplementedError


def gate_of(
    screener: Screener, folder: Path, told: list[Event] | None = None, **more
) -> ContentGate:
    """A gate in ``folder``, closed unless ``more`` of its policy says otherwise."""
    policy = ContentPolicy(**{"on_failure": OnFailure.CLOSED, **more})
    place = Place(folder / "spool", (told if told is not None else []).append)
    return ContentGate(screener, "gate", policy, place)
