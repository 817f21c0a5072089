"""Try out what a locked-down process must not be able to do, each thing in a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tidebreak.media.sandbox_ladder import lock_down
from tidebreak.settings import GIB, Limits

_REFUSED = 42
"""Exit code of a probe that was told no; one that gets through ends with 0."""

_SECONDS = 30
_RUN = "import sys; sys.path.append(sys.argv[2]); from {} import attempt; attempt(sys.argv[1])"


def _open_a_socket() -> None:
    socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()


def _write_a_file() -> None:
    path = Path(tempfile.gettempdir(), f"tidebreak-probe-{os.getpid()}")
    path.write_bytes(b"x")
    path.unlink()


def _read_a_file() -> None:
    Path("/etc/passwd").read_bytes()


def _list_a_folder() -> None:
    list(Path("/").iterdir())


def _start_a_process() -> None:
    if not os.fork():
        os._exit(0)


def _run_a_program() -> None:
    os.execv("/bin/true", ["true"])


def _signal_another_process() -> None:
    os.kill(os.getppid(), 0)


def _take_memory() -> None:
    bytearray(100 * GIB)


_PROBES: dict[str, Callable[[], None]] = {
    "open a network socket": _open_a_socket,
    "write a file": _write_a_file,
    "read a file that it was not given": _read_a_file,
    "list a folder": _list_a_folder,
    "start a process": _start_a_process,
    "run a program": _run_a_program,
    "signal another process": _signal_another_process,
    "take 100 GiB of memory": _take_memory,
}


def self_test() -> list[tuple[str, bool, str]]:
    """Return for each forbidden thing what it is, whether it was prevented, and how."""
    return [(f"cannot {name}", *_outcome(name)) for name in _PROBES]


def attempt(name: str) -> None:
    """Lock this process down and try one forbidden thing; for a fresh process only."""
    lock_down(Limits())
    try:
        _PROBES[name]()
    except (OSError, MemoryError):
        os._exit(_REFUSED)
    os._exit(0)


def _outcome(name: str) -> tuple[bool, str]:
    package = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-I", "-c", _RUN.format(__name__), name, str(package)]
    try:
        ended = subprocess.run(
            command, env={}, capture_output=True, timeout=_SECONDS, check=False, cwd="/"
        )
    except subprocess.TimeoutExpired:
        return False, f"the probe did not end within {_SECONDS} s"
    if ended.returncode == _REFUSED:
        return True, "refused"
    if ended.returncode == -signal.SIGSYS:
        return True, "killed for trying"
    if ended.returncode == 0:
        return False, "IT WAS NOT PREVENTED"
    last = ended.stderr.decode("utf-8", "replace").strip().rsplit("\n", 1)[-1]
    return False, f"the probe failed (exit code {ended.returncode}): {last}"
