"""What a client of clamd is told, in clamd's own shapes (clamd(8); clamd's sources)."""

from __future__ import annotations

import os
import re

from tidebreak.gates.clamd.commands import Verb
from tidebreak.gates.content import ContentGate
from tidebreak.gates.content_policy import Outcome, Ruling
from tidebreak.version import VERSION

UNKNOWN = "UNKNOWN COMMAND"
FOUND = "Tidebreak.Known"
"""The one name of all that is found: neither a list nor a level."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def shown(path: str) -> str:
    """Return ``path`` as a reply may have it: no name of a file ends a line and begins one."""
    return _CONTROL.sub("?", path)


def ruled(name: str, ruling: Ruling) -> str:
    """Return the reply on one content; the reference of a refusal is told to the operator alone."""
    if ruling.outcome is Outcome.REFUSE:
        return f"{shown(name)}: {FOUND} FOUND"
    if ruling.outcome is Outcome.FAILURE:
        return f"{shown(name)}: Could not be examined. ERROR"
    return f"{shown(name)}: OK"


def fault(name: str, why: str) -> str:
    """Return the reply on what could not be opened."""
    return f"{shown(name)}: {why}. ERROR"


def version(gate: ContentGate) -> str:
    """Return program, state of lists and policy, and fail mode, divided as clamd does."""
    return f"Tidebreak {VERSION}/{gate.tag[:8]}/on-failure={gate.policy.on_failure}"


def commands(gate: ContentGate) -> str:
    """Return the version with the commands that are known."""
    return f"{version(gate)}| COMMANDS: {' '.join(Verb)}"


def stats(gate: ContentGate, waiting: int) -> str:
    """Return clamd's statistics, as far as there are any here, with a line of the gate's own."""
    state = "INVALID" if gate.status.failing else "VALID"
    return (
        f"POOLS: 1\n\nSTATE: {state} PRIMARY\n"
        f"THREADS: live 1  idle 0 max {os.cpu_count() or 1} idle-timeout 30\n"
        f"QUEUE: {waiting} items\n"
        "MEMSTATS: heap N/A mmap N/A used N/A free N/A releasable N/A pools 0 pools_used N/A"
        f" pools_total N/A\nGATE: {gate.status.line}\nEND"
    )
