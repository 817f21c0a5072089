"""The ladder on which a worker gives up, for good, everything that it does not need.

Four rungs: a process of its own; limits on memory, files and privileges; Landlock; seccomp. What
the machine at hand does not offer is reported, never passed over: the level is the number of
rungs that hold, counted from below. ``docs/sandbox.md`` says what each is worth.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tidebreak.media import sandbox_landlock, sandbox_seccomp
from tidebreak.media.sandbox_libc import (
    PR_SET_DUMPABLE,
    PR_SET_NO_NEW_PRIVS,
    drop_capabilities,
    prctl,
)
from tidebreak.settings import Limits

_DAY = 24 * 3600
_OPEN_FILES = 256

_SYSTEM_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib")


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung: whether it holds, and what it does or why it is missing."""

    name: str
    held: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Posture:
    """How far a worker is locked down."""

    rungs: tuple[Rung, ...] = ()

    @property
    def level(self) -> int:
        """The number of rungs that hold, counted from below (1-4)."""
        missing = (index for index, rung in enumerate(self.rungs) if not rung.held)
        return next(missing, len(self.rungs))

    @property
    def summary(self) -> str:
        """One line: what holds, and why the rest does not."""
        return "; ".join(
            f"{rung.name}: {rung.detail}" if rung.held else f"no {rung.name} ({rung.detail})"
            for rung in self.rungs
        )


def lock_down(limits: Limits, libraries: Iterable[str] = (), *, network: bool = False) -> Posture:
    """Climb as high as this machine allows and return how far that was; there is no way back.

    ``libraries`` are further folders that stay readable. ``network`` leaves the network to a
    process that decodes nothing. Everything that the process will need
    must be imported, opened and compiled before.
    """
    separate = Rung("process", held=True, detail="a process of its own, with nothing inherited")
    readable = [*_library_folders(), *libraries]
    limited = _climb("limits", lambda: _limit(limits))
    landlock = _climb("landlock", lambda: sandbox_landlock.restrict(readable, network=network))
    seccomp = _climb("seccomp", lambda: sandbox_seccomp.restrict(network=network))
    if not seccomp.held:
        # Second best: no further processes, which costs decoders their threads.
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    return Posture((separate, limited, landlock, seccomp))


def _climb(name: str, step: Callable[[], str]) -> Rung:
    try:
        return Rung(name, held=True, detail=step())
    except (OSError, ValueError) as error:
        return Rung(name, held=False, detail=f"not available here ({error})")


def _limit(limits: Limits) -> str:
    memory = limits.memory_bytes
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        # A backstop only: the pool watches the clock of every file.
        (resource.RLIMIT_CPU, _DAY),
    ):
        _, hard = resource.getrlimit(what)
        lowest = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (lowest, lowest))
    prctl(PR_SET_DUMPABLE, 0)
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    drop_capabilities()
    held, _ = resource.getrlimit(resource.RLIMIT_AS)
    return f"{held >> 20:,} MiB of memory, no files written, no privileges gained or kept"


def _library_folders() -> list[str]:
    linker = os.environ.get("LD_LIBRARY_PATH", "").split(":")
    own = [*sys.path, sys.prefix, sys.base_prefix, *linker]
    return [path for path in (*own, *_SYSTEM_LIBRARIES, "/etc/ld.so.cache") if path.startswith("/")]
