"""Two replicas on one PostgreSQL: started, killed, measured."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

BINARY = Path(sys.executable).parent / "tidebreak"


@dataclass(slots=True)
class Replica:
    """One service; ``log`` is what it says."""

    home: Path
    environment: dict[str, str]
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0

    def __post_init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as made:
            self.port = made.getsockname()[1]

    def command(self, *arguments: str) -> list[str]:
        """Return a command of this installation."""
        return [str(BINARY), "--home", str(self.home), *arguments]

    def run(self, *arguments: str) -> str:
        """Carry out a command and return what it says."""
        done = subprocess.run(
            self.command(*arguments), env=self.environment, check=True, capture_output=True
        )
        return done.stdout.decode()

    def start(self) -> None:
        """Start it; does not wait until it is ready."""
        self.starts += 1
        with (self.home.parent / f"{self.home.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command("serve", "--port", str(self.port)),
                env=self.environment, stderr=log, stdout=log,
            )  # fmt: skip

    def ready(self, seconds: float = 60.0) -> bool:
        """Wait until it is ready; False when it is not in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5).close()
                return True
            except OSError:
                time.sleep(0.2)
        return False

    def kill(self) -> None:
        """End it at this instruction."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """End it in order; return its status."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(120)

    @property
    def workers(self) -> list[int]:
        """The processes that examine files."""
        assert self.process is not None
        try:
            tasks = Path(f"/proc/{self.process.pid}/task").iterdir()
            found = [(task / "children").read_text().split() for task in tasks]
        except OSError:
            return []
        return [int(number) for numbers in found for number in numbers]

    def memory(self) -> dict[str, float]:
        """Return MiB that are its own and its workers' (proportional set size)."""
        assert self.process is not None
        return {
            "service": _mib(self.process.pid),
            "workers": sum(_mib(number) for number in self.workers),
        }


@dataclass(slots=True)
class Counts:
    """What came of everything; wrong answers are kept in words."""

    answers: int = 0
    statuses: dict[str, int] = field(default_factory=dict[str, int])
    wrong: list[str] = field(default_factory=list[str])
    ids: list[str] = field(default_factory=list[str])
    troubles: dict[str, int] = field(default_factory=dict[str, int])
    incomplete: int = 0


def _mib(number: int) -> float:
    try:
        for line in Path(f"/proc/{number}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


def environment(database: str, key: Path) -> dict[str, str]:
    """Return the environment of a replica."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TIDEBREAK")}
    return {**kept, "TIDEBREAK_DATABASE": database, "TIDEBREAK_KEY_FILE": str(key)}
