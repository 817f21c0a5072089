"""Whoever can tell elsewhere whether something is known: by verdicts, or sealed by yes and no."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tidebreak.asking import Asker
from tidebreak.model import Level, Signal, Verdict

Items = Sequence[Sequence[Signal]]


@dataclass(frozen=True, slots=True)
class Judged:
    """What is said of one item, by the lists of which ``version``."""

    verdict: Verdict
    version: str
    note: str = ""


class Judge(Protocol):
    """Whoever is asked."""

    def judge(self, items: Items) -> list[Judged]:
        """Return what is said of each item; raises `CannotAsk`: silence is never a no."""
        ...


class Matches(Protocol):
    """What of the service's client is needed (`tidebreak.client.sync.Client`)."""

    def match(self, items: Items) -> tuple[list[Verdict], str]:
        """Return one verdict per item and the version of the lists."""
        ...


class Matched:
    """Asks a service that compares what it is shown, and says with what."""

    def __init__(self, service: Matches) -> None:
        self._service = service

    def judge(self, items: Items) -> list[Judged]:
        """Return the service's verdicts."""
        verdicts, version = self._service.match(items)
        return [Judged(verdict, version) for verdict in verdicts]


class Sealed:
    """Asks a server that sees nothing but what is known, and says yes or no."""

    def __init__(self, server: Asker) -> None:
        self._server = server

    def judge(self, items: Items) -> list[Judged]:
        """Return the level that an answer stands for; of what entry nobody tells."""
        return [
            Judged(Verdict(Level.EXACT if one.certain else Level.EXACT_WEAK), one.version, _UNNAMED)
            if one.known
            else Judged(Verdict(), one.version)
            for one in self._server.ask(items)
        ]


_UNNAMED = "known to the sealed server, which does not say as what"
