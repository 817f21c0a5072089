"""The job: how well this installation, as it is set, recognises edits of given pictures."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from tidebreak.calibration import exchange
from tidebreak.calibration.corpus import Content, LeftOut, files_below
from tidebreak.calibration.exchange import MOST_PICTURES, Reply, Request
from tidebreak.calibration.measure import Outcome, Pairs
from tidebreak.calibration.transforms import SUITE, TRANSFORMS
from tidebreak.errors import UsageError, WorkersFailed
from tidebreak.media.launch import launch
from tidebreak.settings import Settings

FEWEST = 5
"""Pictures without which nothing can be said."""

_FAMILY = 12
_TRIES = 8
"""Files read per picture that is wanted: many in a folder may be none, or copies."""

_WORKER = "tidebreak.calibration.worker"
_PACKAGES = ("tidebreak", "numpy", "numba", "PIL", "blake3")

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
    enrolled: bool = False,
    on_progress: Progress = lambda done, total: None,
) -> Calibration:
    """Measure up to ``pictures`` pictures below ``folder``; ``settings`` give depth and workers.

    ``held_out`` adds the edits that nobody developed against; ``enrolled`` measures as if the
    pictures were enrolled media instead of single hashes on a list. Raises `UsageError` when the
    folder holds too few pictures, `WorkersFailed` when a measuring process ends early.
    """
    if not FEWEST <= pictures <= MOST_PICTURES:
        raise UsageError(f"Take from {FEWEST} to {MOST_PICTURES} pictures.")
    there = files_below(folder, seed)
    files = there[: _TRIES * pictures]
    transforms = tuple(TRANSFORMS) if held_out else SUITE
    parts = min(settings.workers or len(os.sched_getaffinity(0)), max(1, pictures // 4))
    asked = Request(settings, transforms, pictures, _FAMILY, seed, enrolled, 0, parts)
    replies = _ask_all(
        [replace(asked, part=part) for part in range(parts)], folder, files, on_progress
    )
    outcome = _joined([reply.outcome for reply in replies])
    left_out = replies[0].left_out
    if len(outcome.names) < pictures:
        left_out = (*_untried(len(there) - len(files), pictures), *left_out)
    if len(outcome.names) < FEWEST:
        why = "; ".join(f"{item.name}: {item.why}" for item in left_out[:3])
        raise UsageError(
            f"{folder} holds {len(outcome.names)} pictures that can be measured, {FEWEST} are the"
            f" least; add more{f' ({why})' if why else ''}."
        )
    first = replies[0]
    return Calibration(outcome, first.hard, left_out, settings, seed, first.sandbox_detail)


def _untried(count: int, pictures: int) -> tuple[LeftOut, ...]:
    """Return what to say of ``count`` files that were not even opened."""
    if not count:
        return ()
    why = (
        f"not tried: {_TRIES} files are opened for each of the {pictures} pictures that are wanted"
    )
    return (LeftOut(f"{count:,} further files", why),)


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


@dataclass(frozen=True, slots=True)
class _Measuring:
    """A measuring process: where it is asked, where it answers, where it complains."""

    questions: IO[bytes]
    answers: IO[bytes]
    errors: int

    def last_words(self) -> str:
        text = os.pread(self.errors, 1 << 16, 0).decode("utf-8", "replace").strip()
        return text.rsplit("\n", 1)[-1] or "without a word"


@contextmanager
def _process() -> Generator[_Measuring]:
    """Start a measuring process, which does not outlive the block."""
    heard, asked = os.pipe()
    answered, said = os.pipe()
    errors = os.memfd_create("tidebreak-calibration", os.MFD_CLOEXEC)
    passed = heard, said
    process = launch(
        _WORKER, (os.getpid(), *passed), passed=passed, errors=errors, packages=_PACKAGES
    )
    for descriptor in passed:
        os.close(descriptor)
    questions = os.fdopen(asked, "wb")
    with process, os.fdopen(answered, "rb") as answers:
        try:
            yield _Measuring(questions, answers, errors)
        finally:
            process.kill()
            os.close(errors)
            with suppress(BrokenPipeError):
                questions.close()


def _answered(
    process: _Measuring,
    request: Request,
    folder: Path,
    files: Sequence[Path],
    on_progress: Progress,
) -> Reply:
    with suppress(BrokenPipeError), process.questions as questions:
        exchange.ask(questions, request, _contents(folder, files, request.settings))
    try:
        reply = exchange.read_answer(process.answers, on_progress)
    except exchange.Broken:
        raise WorkersFailed(
            f"The measuring process ended early ({process.last_words()}); take fewer pictures, or"
            " see tidebreak doctor."
        ) from None
    if reply.sandbox < request.settings.sandbox_minimum:
        raise UsageError(
            f"The measuring process reaches sandbox level {reply.sandbox}, the settings ask for"
            f" {request.settings.sandbox_minimum} ({reply.sandbox_detail}); see tidebreak doctor."
        )
    return reply


def _contents(
    folder: Path, files: Sequence[Path], settings: Settings
) -> Iterator[tuple[str, Content]]:
    for path in files:
        try:
            content = _content(path, settings.limits.picture_bytes)
        except OSError as error:
            content = f"cannot be read ({error.strerror})"
        yield _shown(path.relative_to(folder)), content


def _content(path: Path, most: int) -> Content:
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        return "a folder that cannot be opened"
    if not stat.S_ISREG(status.st_mode):
        return "no regular file"
    if status.st_size > most:
        return f"{status.st_size:,} bytes, more than the limit of {most:,}"
    return path.read_bytes() or "empty"


def _shown(path: Path) -> str:
    """Return a name that can be written anywhere, also where it is not UTF-8."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


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
