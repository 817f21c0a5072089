"""An installation with a list of harmless digests, and a sealed server in a process of its own."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tidebreak.installation import Tidebreak
from tidebreak.model import ListKind, Signal
from tidebreak.seal.online import keys
from tidebreak.seal.online.keys import SealKeys

MASTER = bytes(range(32))
_PROGRAMME = "from tidebreak.cli.seal import seal_app; seal_app()"


def digest(number: int, kind: str = "sha256") -> str:
    return hashlib.new(kind, f"harmless {number}".encode()).hexdigest()


def signal_of(number: int, kind: str = "sha256") -> Signal:
    return Signal.parse(kind, digest(number, kind))


def import_numbers(
    installation: Tidebreak, numbers: Sequence[int], name: str = "list", kind: str = "sha256"
) -> None:
    path = installation.home / "list.txt"
    path.write_text("".join(f"{digest(n, kind)}\n" for n in numbers))
    installation.import_list(path, name=name, kind=ListKind.CONTRABAND, format=kind)


def make_keys(installation: Tidebreak) -> SealKeys:
    """Write the server's key where it usually lies."""
    return keys.create(keys.place_of(Path(installation.settings.key_file)))


class Running:
    """A server process; ``url`` is where it answers."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process, self.url = process, url

    def stop(self, kind: signal.Signals = signal.SIGTERM) -> str:
        """End it and return all that it wrote."""
        self.process.send_signal(kind)
        out, _ = self.process.communicate(timeout=20)
        return out


@contextmanager
def serving(home: Path, *options: str) -> Generator[Running]:
    environment = {**os.environ, "TIDEBREAK_HOME": str(home)}
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAMME, "serve", "--port", "0", *options],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "Sealed checks at " in line, line + process.stdout.read()
        running = Running(process, line.split(" at ")[1].strip())
        _await(running.url)
        yield running
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _await(url: str) -> None:
    import httpx

    for _ in range(200):
        try:
            if httpx.get(f"{url}/v1/status", trust_env=False, verify=False).status_code == 401:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.05)
    raise AssertionError("the server does not answer")
