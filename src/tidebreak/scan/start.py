"""Before and after a scan: may it start, with what, and what did it come to."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tidebreak.descriptors import Descriptor
from tidebreak.errors import Busy, UsageError
from tidebreak.media.sandbox_ladder import Posture
from tidebreak.model import HashList, State
from tidebreak.scan.walk import as_bytes
from tidebreak.settings import Settings
from tidebreak.store.observations import Observations, ScanRecord
from tidebreak.version import VERSION


@dataclass(frozen=True, slots=True)
class ScanResult:
    """What a scan came to. ``found`` and ``incomplete`` count items, archive members too."""

    number: int
    found: int
    incomplete: int
    finished: bool


@contextmanager
def alone(lock: Path) -> Generator[None]:
    """Let one scan run at a time; the system frees the lock of a process that died."""
    with lock.open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Busy(
                "Another scan of this installation is under way; wait for it, or use another "
                "installation with --home."
            ) from None
        yield


def interrupted(observations: Observations) -> ScanRecord:
    """Return the scan to go on with; raises `UsageError` when none was interrupted."""
    last = observations.last_unfinished()
    if last is None:
        raise UsageError("No scan was interrupted; start a new one: tidebreak scan PATH")
    return last


def check_lists(enabled: Sequence[HashList]) -> None:
    """Raise `UsageError` when there is no list by which anything could be recognised."""
    if not enabled:
        raise UsageError(
            "No hash list is enabled, so nothing could be recognised; "
            "import one first: tidebreak lists import FILE --name NAME --kind contraband"
        )


def roots_of(
    paths: Iterable[str | bytes | Path], last: ScanRecord | None, *, others: bool
) -> list[bytes]:
    """Return what is to be scanned, those of the ``last`` scan where nothing is named.

    ``others`` says that more paths will come. Raises `UsageError` when there is nothing, or a
    path is not there.
    """
    roots = [os.path.abspath(path) for path in as_bytes(paths)]  # noqa: PTH100 - bytes
    if last is not None and not roots and not others:
        roots = [bytes.fromhex(root) for root in last.manifest["roots_hex"]]
    if not roots and not others:
        raise UsageError(
            "Name at least one file or folder to scan, or - for a list on standard input."
        )
    for root in roots:
        if not os.path.lexists(root):
            raise UsageError(f"{os.fsdecode(root)} is not there; check the path.")
    return roots


def manifest(
    roots: Sequence[bytes],
    lists: Sequence[HashList],
    covers: int,
    settings: Settings,
    posture: Posture,
    descriptors: Sequence[Descriptor] = (),
) -> dict[str, Any]:
    """Return what a second laboratory needs to repeat a scan (``docs/design.md``, rule 7).

    ``covers`` is the highest entry number in the snapshot.
    """
    return {
        "version": VERSION,
        "engine": engine(settings, descriptors),
        "roots": [os.fsdecode(root).encode("utf-8", "replace").decode() for root in roots],
        "roots_hex": [root.hex() for root in roots],
        "lists": [asdict(item) for item in lists],
        "snapshot_covers": covers,
        "settings": asdict(settings) | {"key_file": ""},
        "descriptors": [asdict(descriptor) for descriptor in descriptors],
        "sandbox": {"level": posture.level, "detail": posture.summary},
    }


def engine(settings: Settings, descriptors: Sequence[Descriptor] = ()) -> str:
    """Return what decides the outcome of examining a file, besides its bytes."""
    parts = [f"tidebreak {VERSION}", "references 1", f"depth {settings.depth.value}"]
    # A limit that is raised must have the files examined again that it had stopped.
    limits = repr((settings.limits, settings.heif, settings.verify, settings.regions)).encode()
    parts.append(f"limits {hashlib.blake2b(limits, digest_size=4).hexdigest()}")
    parts += [f"descriptor {descriptor.algorithm}" for descriptor in descriptors]
    runtime = ("onnxruntime",) if descriptors else ()
    for name in ("pillow", "pillow-heif", "py7zr", "av", *runtime):
        try:
            parts.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            parts.append(f"no {name}")
    return ", ".join(parts)


def result(observations: Observations, number: int) -> ScanResult:
    """Return what scan ``number`` came to."""
    counts = observations.counts(number)
    found = sum(n for (_, level), n in counts.items() if level.found)
    incomplete = sum(n for (state, _), n in counts.items() if state is State.NOT_FULLY_EXAMINED)
    return ScanResult(number, found, incomplete, bool(observations.scan(number).finished))
