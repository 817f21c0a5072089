"""The job: how well this installation, as it is set, recognises edits of given pictures."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from tidebreak.calibration import exchange
from tidebreak.calibration.corpus import LeftOut, files_below
from tidebreak.calibration.exchange import MOST_PICTURES, Reply, Request
from tidebreak.calibration.measure import Outcome, Pairs
from tidebreak.calibration.transforms import SUITE, TRANSFORMS
from tidebreak.errors import UsageError, WorkersFailed
from tidebreak.settings import Settings

FEWEST = 5
"""Pictures without which nothing can be said."""

_FAMILY = 12
_TRIES = 8
"""Files read per picture that is wanted: many in a folder may be none, or copies."""

_START = (
    "import sys; sys.path += sys.argv[2:]; del sys.argv[2:]; "
    "from tidebreak.calibration.worker import main; main()"
)
_PASSED_ON = ("HOME", "XDG_CACHE_HOME", "LD_LIBRARY_PATH")

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was measured. ``hard`` holds the distances within each family of look-alikes."""

    outcome: Outcome
    hard: dict[str, Pairs]
    left_out: tuple[LeftOut, ...]
    settings: Settings
    seed: int
    sandbox: str


def calibrate(
    folder: Path,
    settings: Settings,
    *,
    pictures: int = 100,
    seed: int = 1,
    held_out: bool = False,
    on_progress: Progress = lambda done, total: None,
) -> Calibration:
    """Measure up to ``pictures`` pictures below ``folder``; ``settings`` give depth and workers.

    ``held_out`` adds the edits that nobody developed against. Raises `UsageError` when the folder
    holds too few pictures, `WorkersFailed` when a measuring process ends early.
    """
    if not FEWEST <= pictures <= MOST_PICTURES:
        raise UsageError(f"Take from {FEWEST} to {MOST_PICTURES} pictures.")
    files = files_below(folder, seed)[: _TRIES * pictures]
    transforms = tuple(TRANSFORMS) if held_out else SUITE
    parts = min(settings.workers or len(os.sched_getaffinity(0)), max(1, pictures // 4))
    asked = Request(settings, transforms, pictures, _FAMILY, seed, 0, parts)
    replies = _ask_all(
        [replace(asked, part=part) for part in range(parts)], folder, files, on_progress
    )
    outcome = _joined([reply.outcome for reply in replies])
    if len(outcome.names) < FEWEST:
        why = "; ".join(f"{item.name}: {item.why}" for item in replies[0].left_out[:3])
        raise UsageError(
            f"{folder} holds {len(outcome.names)} pictures that can be measured, {FEWEST} are the"
            f" least; add more ({why})."
        )
    first = replies[0]
    return Calibration(outcome, first.hard, first.left_out, settings, seed, first.sandbox_detail)


def _ask_all(
    requests: Sequence[Request], folder: Path, files: Sequence[Path], on_progress: Progress
) -> list[Reply]:
    """Let one process answer each request, all at a time."""
    done = [(0, 0)] * len(requests)
    replies: list[Reply | Exception] = [WorkersFailed("")] * len(requests)

    def run(place: int) -> None:
        def progressed(count: int, total: int) -> None:
            done[place] = count, total
            on_progress(sum(item[0] for item in done), sum(item[1] for item in done))

        try:
            replies[place] = _answered(processes[place], requests[place], folder, files, progressed)
        except Exception as error:
            replies[place] = error

    with ExitStack() as stack:
        processes = [stack.enter_context(_process()) for _ in requests]
        threads = [
            threading.Thread(target=run, args=(n,), daemon=True) for n in range(len(requests))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return [_checked(reply) for reply in replies]


def _checked(reply: Reply | Exception) -> Reply:
    if isinstance(reply, Exception):
        raise reply
    return reply


@contextmanager
def _process() -> Generator[subprocess.Popen[bytes]]:
    """Start a measuring process, which does not outlive the block."""
    command = [sys.executable, "-I", "-c", _START, str(os.getpid()), *filter(None, sys.path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=pipe,
        env=_environment(), cwd="/", start_new_session=True,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def _environment() -> dict[str, str]:
    names = [*_PASSED_ON, *(name for name in os.environ if name.startswith("NUMBA_"))]
    known = {name: os.environ[name] for name in names if name in os.environ}
    return {**known, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "LC_ALL": "C.UTF-8"}


def _answered(
    process: subprocess.Popen[bytes],
    request: Request,
    folder: Path,
    files: Sequence[Path],
    on_progress: Progress,
) -> Reply:
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    with suppress(BrokenPipeError), process.stdin as questions:
        exchange.ask(questions, request, _contents(folder, files, request.settings))
    try:
        reply = exchange.read_answer(process.stdout, on_progress)
    except exchange.Broken:
        words = process.stderr.read().decode("utf-8", "replace").strip().rsplit("\n", 1)[-1]
        raise WorkersFailed(
            f"The measuring process ended early ({words or 'without a word'}); take fewer pictures,"
            " or see tidebreak doctor."
        ) from None
    if reply.sandbox < request.settings.sandbox_minimum:
        raise UsageError(
            f"The measuring process reaches sandbox level {reply.sandbox}, the settings ask for"
            f" {request.settings.sandbox_minimum} ({reply.sandbox_detail}); see tidebreak doctor."
        )
    return reply


def _contents(
    folder: Path, files: Sequence[Path], settings: Settings
) -> Iterator[tuple[str, bytes]]:
    for path in files:
        with suppress(OSError):
            if path.is_file() and path.stat().st_size <= settings.limits.picture_bytes:
                yield str(path.relative_to(folder)), path.read_bytes()


def _joined(parts: Sequence[Outcome]) -> Outcome:
    """Put together what several processes measured, each every so-manieth picture."""
    first = parts[0]
    for part, outcome in enumerate(parts[1:], 1):
        if outcome.names != first.names or outcome.transforms != first.transforms:
            raise WorkersFailed("The measuring processes disagree about the pictures; try again.")
        rows = slice(part, None, len(parts))
        for whole, piece in zip(exchange.arrays(first), exchange.arrays(outcome), strict=True):
            whole[:, rows] = piece[:, rows]
    return first
