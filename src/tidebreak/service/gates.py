"""The gates that ``service.toml`` opens, in the service's own process."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tidebreak.gates import content_start
from tidebreak.gates.content import Place
from tidebreak.gates.events import Event
from tidebreak.service.logs import line

if TYPE_CHECKING:
    from tidebreak.gates.hma.hma import Hma
    from tidebreak.installation import Tidebreak
    from tidebreak.screens import Screens

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
        on_failure = str(self.table.get("on_failure", "closed"))
        return GateState(self.name, listen, on_failure, trouble)


@asynccontextmanager
async def running_gates(
    tables: Mapping[str, Mapping[str, Any]], opened: Tidebreak, screens: Screens, hma: Hma | None
) -> AsyncGenerator[list[RunningGate]]:
    """Open every gate of ``tables``, and close them at the end; raises `UsageError`."""
    gates: list[RunningGate] = []
    place = Place(opened.home / "spool", _told)
    async with AsyncExitStack() as stack:
        for name, table in tables.items():
            if name == HMA:
                gates.append(RunningGate(name, table))
                await _listen_as_hma(stack, hma)
                continue
            running = await content_start.start(name, table, screens, place, opened.vault)
            stack.push_async_callback(running.close)
            gates.append(RunningGate(name, table, running))
        yield gates


async def _listen_as_hma(stack: AsyncExitStack, hma: Hma | None) -> None:
    if hma is not None and hma.options.listen:
        from tidebreak.gates.hma.serving import serve

        listener = await serve(hma)
        stack.push_async_callback(listener.close)


def _told(event: Event) -> None:
    line("gate", kind=event.kind.value, why=event.why)
