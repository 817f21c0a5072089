"""One worker process as the pool sees it: what it was given, what it said, how it ended."""

from __future__ import annotations

import array
import contextlib
import json
import os
import signal
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from tidebreak.descriptors import Descriptor
from tidebreak.media.heartbeat import Pulse, new_page, read_pulse
from tidebreak.media.launch import launch
from tidebreak.media.protocol import (
    FULL_WANTED,
    JOB,
    OUT_OF_MEMORY_EXIT,
    PACKET,
    REGIONS_WANTED,
    Malformed,
    Message,
    Parts,
    frames,
    member_of,
    unpack,
)
from tidebreak.media.sandbox_ladder import Posture, Rung
from tidebreak.model import Examination
from tidebreak.settings import Settings

LOST = "the examining process"
"""Every reason that blames the process, not the file, begins like this."""

_MOST_DRAFTS = 100_000
"""Far above what waits at once: the small pictures of one archive."""

_WORKER = "tidebreak.media.worker"
_PACKAGES = ("tidebreak", "numpy", "numba", "PIL", "blake3", "av", "cv2", "onnxruntime")


@dataclass(frozen=True, slots=True)
class Job:
    """A file to examine; the pool closes ``fd``, which is open for reading.

    ``size`` is in bytes as it was when the file was opened; ``full`` asks for the slow, exact
    path to every near hash; ``known`` for that and, in place of the views by which a picture is
    looked up, the regions that are stored of known ones.
    """

    token: int
    fd: int
    size: int
    full: bool = False
    known: bool = False

    @property
    def flags(self) -> int:
        """What is wanted, as the worker is told."""
        return FULL_WANTED * self.full | REGIONS_WANTED * self.known


@dataclass(slots=True)
class Hand:
    """What a worker has said about one job. ``begun``: something that was passed on."""

    job: Job
    begun: bool = False
    parts: Parts = field(default_factory=Parts)
    _drafts: dict[bytes, bytes] = field(default_factory=dict[bytes, bytes])

    def keep(self, draft: bytes) -> None:
        """Keep a draft as it arrived. Raises `Malformed`."""
        if len(self._drafts) >= _MOST_DRAFTS:
            raise Malformed("more drafts than can be waiting")
        self._drafts[member_of(draft)] = draft

    def whole(self, found: Examination) -> Examination:
        """Return a result with the parts that preceded it."""
        parts, self.parts = self.parts, Parts()
        return parts.complete(found)

    def reported(self, result: bytes) -> None:
        """Take note of a result: its draft, if there was one, has served."""
        self.begun = True
        self._drafts.pop(member_of(result), None)

    def drafts(self) -> list[Examination]:
        """Return what was certain of that which has no result; nonsense is left out."""
        found: list[Examination] = []
        for draft in self._drafts.values():
            with contextlib.suppress(Malformed):
                found.append(unpack(draft))
        return found


class WorkerProcess:
    """A worker, from its start to its end. Never waits for it but in `close`."""

    def __init__(self, settings: Settings, descriptors: Sequence[Descriptor] = ()) -> None:
        self.hands: dict[int, Hand] = {}
        self.posture: Posture | None = None
        self.files = self.bytes = 0
        self.killed = ""
        self.retired = False
        self._batches: list[set[int]] = []
        self._alone = False
        with contextlib.ExitStack() as unless_started:
            self._page = new_page()
            unless_started.callback(os.close, self._page)
            self._errors = os.memfd_create("tidebreak-worker", os.MFD_CLOEXEC)
            unless_started.callback(os.close, self._errors)
            self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            unless_started.callback(self._channel.close)
            with theirs:
                given = (theirs.fileno(), self._page)
                self._process = launch(
                    _WORKER, (*given, os.getpid()), passed=given, errors=self._errors,
                    packages=_PACKAGES,
                )  # fmt: skip
            unless_started.pop_all()
        declared = [asdict(descriptor) for descriptor in descriptors]
        self._channel.send(json.dumps(asdict(settings) | {"descriptors": declared}).encode())
        self._channel.setblocking(False)
        self._buffer = bytearray(PACKET)

    def fileno(self) -> int:
        """Return what to wait on."""
        return self._channel.fileno()

    @property
    def wants_more(self) -> bool:
        """Whether a batch is welcome: one in work and one waiting keep a worker busy."""
        room = 0 if self.retired or self.posture is None else 1 if self._alone else 2
        return len(self._batches) < room

    @property
    def pulse(self) -> Pulse:
        """What it is at, by its own word."""
        return read_pulse(self._page)

    def give(self, jobs: Sequence[Job], *, alone: bool = False) -> None:
        """Send a batch, ``alone``: and none beside it. Raises ``OSError`` when it is gone."""
        self._alone = alone
        packet = b"".join(JOB.pack(job.token, job.size, job.flags) for job in jobs)
        fds = array.array("i", [job.fd for job in jobs])
        self.hands.update((job.token, Hand(job)) for job in jobs)
        self._batches.append({job.token for job in jobs})
        self.files += len(jobs)
        self.bytes += sum(job.size for job in jobs)
        self._channel.sendmsg([packet], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])

    def retire(self) -> None:
        """Let it finish what it has, then end."""
        self.retired = True
        self._channel.shutdown(socket.SHUT_WR)

    def receive(self) -> list[Message] | None:
        """Return what it has said since, None when it is gone. Raises `Malformed`."""
        try:
            size = self._channel.recv_into(self._buffer)
        except BlockingIOError:
            return []
        except OSError:
            return None
        return list(frames(bytes(memoryview(self._buffer)[:size]))) if size else None

    def ready(self, message: Message) -> None:
        """Take note of its posture. Raises `Malformed`."""
        if self.posture is not None or self.hands:
            raise Malformed("ready twice")
        self.posture = posture_of(message.body)

    def hand(self, token: int) -> Hand:
        """Return what it holds of a job. Raises `Malformed` when that was never its job."""
        try:
            return self.hands[token]
        except KeyError:
            raise Malformed("an answer about a file that it was not given") from None

    def finished(self, token: int) -> None:
        """Forget a job that is done."""
        del self.hands[token]
        for batch in self._batches:
            batch.discard(token)
        self._batches = [batch for batch in self._batches if batch]

    def kill(self, why: str) -> None:
        """Stop it; ``why`` completes a sentence about the examining process."""
        self.killed = self.killed or why
        self._process.kill()

    def close(self) -> str:
        """Make sure that it is gone and return how it ended, as a reason."""
        lingers = not self._ended_by_itself()
        if lingers:
            self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            # A process in the middle of disk access cannot be killed before that ends.
            self._process.wait(5)
        if lingers and self._process.returncode == -signal.SIGKILL:
            self.killed = self.killed or "hung up without ending and was stopped"
        self._channel.close()
        os.close(self._page)
        os.close(self._errors)
        return f"{LOST} {self.killed or _ending(self._process.returncode)}"

    def last_words(self) -> str:
        """Return the last line that it wrote before it was locked down."""
        text = os.pread(self._errors, 1 << 16, 0).decode("utf-8", "replace").strip()
        return text.rsplit("\n", 1)[-1]

    def _ended_by_itself(self) -> bool:
        # Its end of the socket is closed an instant before it can be reaped.
        try:
            self._process.wait(0.5 if not self.killed else 0)
        except subprocess.TimeoutExpired:
            return False
        return True


def _ending(code: int | None) -> str:
    if code == OUT_OF_MEMORY_EXIT:
        return "ran out of memory"
    if code is None:
        return "hangs in the operating system and cannot be stopped"
    if code == -signal.SIGSYS:
        return "tried something forbidden and was stopped (signal 31)"
    if code == -signal.SIGKILL:
        return "was killed by the system (signal 9), which often means too little memory"
    if code < 0:
        return f"crashed (signal {-code})"
    return f"ended unexpectedly (exit code {code})"


def posture_of(body: bytes) -> Posture:
    """Return the posture that a locked-down process states. Raises `Malformed`."""
    try:
        rows: Any = json.loads(body)
        rungs = tuple(Rung(row["name"], row["held"], row["detail"]) for row in rows)
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Malformed("a posture that is none") from None
    for rung in rungs:
        if (type(rung.name), type(rung.held), type(rung.detail)) != (str, bool, str):
            raise Malformed("a posture of the wrong types")
    return Posture(rungs)
