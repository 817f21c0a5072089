"""Local stores of benign values, and their process."""

from __future__ import annotations

import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import numpy as np

from tidebreak.installation import Tidebreak
from tidebreak.model import ListKind, Signal
from tidebreak.seal import filter as sets
from tidebreak.seal.local.file import Terms, key_text, pack
from tidebreak.seal.local.hardening import Cost, Hardener
from tidebreak.signals import SIGNAL_TYPES

CHEAP = Cost(steps=2, memory=1)

_SERVE = """
import sys
from pathlib import Path
from tidebreak.seal.local.server import Place, serve
store, key, socket = map(Path, sys.argv[1:4])
def ready(terms, posture):
    print(posture.level, posture.summary, flush=True)
serve(store, key, Place(socket, frozenset(map(int, sys.argv[4:]))), ready)
"""


def known(number: int) -> Signal:
    """The SHA-256 of a number, which is all that these stores know of."""
    return Signal(SIGNAL_TYPES["sha256"], sha256(str(number).encode()).digest())


def terms(cost: Cost = CHEAP, days: float = 1, per_day: int = 1 << 31) -> Terms:
    now = datetime.now(UTC).replace(microsecond=0)
    drawn = secrets.token_hex(8), secrets.token_bytes(16)
    return Terms(*drawn, now, now + timedelta(days=days) if days else None, per_day, cost)


def write_store(
    folder: Path, numbers: range, on: Terms, uncertain: range = range(0)
) -> tuple[Path, Path]:
    """Write a store that knows ``numbers``, and its key; return both paths."""
    key = secrets.token_bytes(32)
    hardener = Hardener(key, on.salt, on.cost)
    seals = [hardener.sealer.seal(known(n).type, known(n).value) for n in numbers]
    steps = [n % on.cost.steps for n in numbers]
    digests = [
        hardener.at(seal, step)[n in uncertain]
        for n, seal, step in zip(numbers, seals, steps, strict=True)
    ]
    store, key_file = folder / "store", folder / "store.key"
    store.write_bytes(pack(on, sets.build(np.array(digests, np.uint64)), key))
    key_file.write_bytes(key_text(key))
    key_file.chmod(0o600)
    return store, key_file


@contextmanager
def running(
    store: Path, key_file: Path, place: Path, *allowed: int
) -> Iterator[subprocess.Popen[bytes]]:
    """The process of a store, once it is ready; ``process.posture`` is what it said."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", _SERVE, *map(str, (store, key_file, place, *allowed))],
            stdout=subprocess.PIPE, stderr=errors,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            process.posture = process.stdout.readline().decode()
            errors.seek(0)
            assert process.posture, errors.read().decode()
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)
            process.stdout.close()
            errors.seek(0)
            process.complaints = errors.read()


def import_numbers(
    installation: Tidebreak, numbers: range, name: str = "known",
    kind: ListKind = ListKind.CONTRABAND,
) -> None:  # fmt: skip
    """Import a list that names the numbers by their SHA-256."""
    path = installation.home.parent / f"{name}.csv"
    rows = (f"n{n},{known(n).text}\n" for n in numbers)
    path.write_text("id,sha256\n" + "".join(rows))
    installation.import_list(path, name=name, kind=kind)


__all__ = ["CHEAP", "import_numbers", "known", "running", "terms",
           "write_store"]  # fmt: skip
