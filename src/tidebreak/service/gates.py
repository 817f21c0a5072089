"""The gates that ``service.toml`` opens, in the service's own process."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from tidebreak.gates import content_start
from tidebreak.gates.content import Place
from tidebreak.gates.events import Event
from tidebreak.service.logs import line

if TYPE_CHECKING:
    from tidebreak.gates.hma.hma import Hma
    from tidebreak.installation import Tidebreak
    from tidebreak.screens import Screens

OUTCOMES = ("pass", "refuse", "failure", "let through", "turned away", "not opened", "kept")
"""What a gate's contents come to; ``let through`` are those of ``pass`` that could not be told."""

HMA = "hma"
"""The façade for clients of HMA, which is no content gate: it speaks the API's own language."""


@dataclass(frozen=True, slots=True)
class GateState:
    """How a gate is doing."""

    name: str
    listen: str
    on_failure: str
    trouble: str


@dataclass(frozen=True, slots=True)
class RunningGate:
    """A gate at work."""

    name: str
    table: Mapping[str, Any]
    running: content_start.Running | None = None

    def told(self) -> GateState:
        """Return how it is doing, for the status."""
        trouble = ""
        if self.running is not None and self.running.gate.status.failing:
            trouble = "The last content could not be examined."
        listen = str(self.table.get("listen", "at its usual place"))
        # The façade has none: it answers with matches, or with an error.
        on_failure = str(self.table.get("on_failure", "" if self.running is None else "closed"))
        return GateState(self.name, listen, on_failure, trouble)

    def counted(self) -> Iterator[tuple[str, int]]:
        """Yield how many contents, or callers, came to what."""
        if self.running is not None:
            counts = self.running.gate.status.record()["counts"]
            yield from ((name.replace(" ", "_"), counts[name]) for name in OUTCOMES)


@asynccontextmanager
async def running_gates(
    tables: Mapping[str, Mapping[str, Any]], opened: Tidebreak, screens: Screens, hma: Hma | None
) -> AsyncGenerator[list[RunningGate]]:
    """Open every gate of ``tables``, and close them at the end; raises `UsageError`."""
    gates: list[RunningGate] = []
    async with AsyncExitStack() as stack:
        for name, table in tables.items():
            if name == HMA:
                gates.append(RunningGate(name, table))
                await _listen_as_hma(stack, hma)
                continue
            place = Place(opened.home / "spool", partial(_told, name))
            running = await content_start.start(name, table, screens, place, opened.vault)
            stack.push_async_callback(running.close)
            gates.append(RunningGate(name, table, running))
        yield gates


def check(tables: Mapping[str, Mapping[str, Any]], opened: Tidebreak) -> None:
    """Raise the `UsageError` with which gates of ``tables`` would not open; opens none."""
    from tidebreak.gates.hma.options import options_of

    for name, table in tables.items():
        if name == HMA:
            options_of(table)
        else:
            content_start.check(name, table, opened.vault)


def counted(gates: Iterable[RunningGate]) -> Iterator[tuple[str, str, int]]:
    """Yield what came of contents at ``gates``: the gate, the outcome, and how many."""
    for gate in gates:
        yield from ((gate.name, outcome, count) for outcome, count in gate.counted())


async def _listen_as_hma(stack: AsyncExitStack, hma: Hma | None) -> None:
    if hma is not None and hma.options.listen:
        from tidebreak.gates.hma.serving import serve

        listener = await serve(hma)
        stack.push_async_callback(listener.close)


def _told(gate: str, event: Event) -> None:
    action = event.action.value if event.action else ""
    line(
        "gate", gate=gate, kind=event.kind.value, why=event.why, place=event.place, action=action,
        list_version=event.version,
    )  # fmt: skip
