"""A real child process in the worker's place: what it is given, what it says, how it ends."""

from __future__ import annotations

import contextlib
import json
import os
import select
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.media import launch, process
from tidebreak.media.process import LOST, Hand, Job, WorkerProcess
from tidebreak.media.protocol import Malformed, Message, Word, pack
from tidebreak.model import Examination
from tidebreak.settings import Limits, Settings

SETTINGS = Settings(workers=3, heif=False, limits=Limits(seconds=7.5))
BEGIN = (
    "import array, ctypes, json, os, signal, socket, struct, sys, time\n"
    "channel = socket.socket(fileno=int(sys.argv[1]))\n"
    "def say(word, token, body): channel.send(struct.pack('<IBQ', len(body), word, token) + body)\n"
)
"""The protocol as its description has it, without a line of the worker's code."""

READY = BEGIN + (
    "settings = channel.recv(1 << 17)\n"
    "say(1, 0, json.dumps([dict(name='process', held=True, detail=settings.decode())]).encode())\n"
)


@contextlib.contextmanager
def child(patch: pytest.MonkeyPatch, code: str) -> Iterator[WorkerProcess]:
    start = "import sys; del sys.argv[1]\n" + code
    patch.setattr(launch, "_START", start.replace("{", "{{").replace("}", "}}"))
    worker = WorkerProcess(SETTINGS)
    try:
        yield worker
    finally:
        if worker.fileno() >= 0:
            worker.kill("is no longer needed")
            worker.close()


def found(member: str, size: int = 0) -> Examination:
    return Examination(member, size, "text/plain")


def said(worker: WorkerProcess) -> list[Message] | None:
    """Return the next packet as soon as there is one."""
    heard, _, _ = select.select([worker], [], [], 10)
    assert heard, "silence"
    return worker.receive()


def made_ready(worker: WorkerProcess) -> None:
    (message,) = said(worker)
    worker.ready(message)


@pytest.mark.parametrize(
    ("code", "ending"),
    [
        ("import os; os._exit(0)", "ended unexpectedly (exit code 0)"),
        ("import os; os._exit(3)", "ended unexpectedly (exit code 3)"),
        ("raise RuntimeError", "ended unexpectedly (exit code 1)"),
        ("import os; os._exit(86)", "ran out of memory"),
        ("import os; os.abort()", "crashed (signal 6)"),
        ("import ctypes; ctypes.string_at(0)", "crashed (signal 11)"),
        ("import os; os.kill(os.getpid(), 31)", "tried something forbidden and was stopped"),
        ("import os; os.kill(os.getpid(), 9)", "was killed by the system (signal 9)"),
    ],
)
def test_how_it_died_is_told(monkeypatch, code: str, ending: str):
    limited = "import resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
    with child(monkeypatch, limited + code) as worker:
        assert said(worker) is None
        assert worker.close().startswith(f"{LOST} {ending}")


def test_the_reason_why_it_was_killed_is_the_first_one(monkeypatch):
    with child(monkeypatch, "import time; time.sleep(60)") as worker:
        worker.kill("took longer than 7 s")
        worker.kill("is no longer needed")
        assert said(worker) is None
        assert worker.close() == f"{LOST} took longer than 7 s"


def test_one_that_hangs_up_and_lives_on_is_not_taken_for_one_that_the_system_killed(monkeypatch):
    with child(monkeypatch, BEGIN + "channel.close(); time.sleep(60)") as worker:
        assert said(worker) is None
        pid = worker._process.pid
        assert worker.close() == f"{LOST} hung up without ending and was stopped"
        assert not Path(f"/proc/{pid}").exists()


def test_the_last_line_before_its_death_is_kept(monkeypatch):
    with child(monkeypatch, "raise RuntimeError('no kernels in this place')") as worker:
        assert said(worker) is None
        assert worker.last_words() == "RuntimeError: no kernels in this place"
    with child(monkeypatch, "import os; os.write(2, b'\\xff first\\nlast \\xff\\n')") as worker:
        assert said(worker) is None
        assert worker.last_words() == "last \ufffd"
    with child(monkeypatch, "") as worker:
        assert said(worker) is None
        assert worker.last_words() == ""


def test_it_is_given_little_to_know(monkeypatch):
    monkeypatch.setenv("TIDEBREAK_TEST_SECRET", "x")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("NUMBA_CPU_NAME", "generic")
    kept = os.open("/", os.O_RDONLY)
    os.set_inheritable(kept, True)
    look = READY + (
        "fds = [n for n in range(256) if os.path.exists(f'/proc/self/fd/{n}')]\n"
        "links = [os.readlink(f'/proc/self/fd/{n}').split(':')[0] for n in fds]\n"
        "own = dict(environ=dict(os.environ), cwd=os.getcwd(), links=links, path=sys.path,\n"
        "           argv=sys.argv[1:4], leads=os.getsid(0) == os.getpid())\n"
        "say(1, 0, json.dumps(own).encode())\n"
    )
    with child(monkeypatch, look) as worker:
        assert said(worker)
        own = json.loads(said(worker)[0].body)
        known = set(own["environ"])
        assert "TIDEBREAK_TEST_SECRET" not in known
        assert known <= {
            *("HOME", "XDG_CACHE_HOME", "LD_LIBRARY_PATH", "LC_ALL"),
            *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
            *(name for name in os.environ if name.startswith("NUMBA_")),
            "NUMBA_NUM_THREADS",
        }
        assert own["environ"]["NUMBA_CPU_NAME"] == "generic"
        assert own["environ"]["OMP_NUM_THREADS"] == "1"
        assert own["cwd"] == "/"
        assert own["leads"]
        assert "/nowhere" not in own["path"]
        assert int(own["argv"][2]) == os.getpid()
        # Nothing to read, nowhere to print, a page, a place for last words, and the channel.
        assert sorted(own["links"]) == sorted(
            ["/dev/null", "/dev/null", "/memfd", "socket", "/memfd"]
        )
    os.close(kept)


def test_it_is_told_the_settings(monkeypatch):
    with child(monkeypatch, READY + "time.sleep(60)") as worker:
        assert not worker.wants_more
        made_ready(worker)
        assert worker.wants_more
        assert worker.posture.level == 1
        told = json.loads(worker.posture.rungs[0].detail)
        assert told == asdict(SETTINGS) | {"descriptors": []}
        assert worker.receive() == []


ECHO = READY + (
    "while True:\n"
    "    packet, extra, _, _ = channel.recvmsg(1 << 16, socket.CMSG_SPACE(256))\n"
    "    if not packet: sys.exit(7)\n"
    "    fds = array.array('i')\n"
    "    for _, _, data in extra: fds.frombytes(data)\n"
    "    for (token, size, full), fd in zip(struct.iter_unpack('<QQB', packet), fds):\n"
    "        say(4, token, b'%d %d ' % (size, full) + os.pread(fd, 99, 0))\n"
)


def test_files_arrive_with_their_job_and_answers_come_back(monkeypatch, tmp_path: Path):
    contents = [b"", b"one", b"two more"]
    jobs = []
    for token, content in enumerate(contents, 1 << 40):
        path = tmp_path / str(token)
        path.write_bytes(content)
        fd = os.open(path, os.O_RDONLY)
        jobs.append(Job(token, fd, len(content), full=token % 2 == 1))
    with child(monkeypatch, ECHO) as worker:
        made_ready(worker)
        worker.give(jobs[:2])
        assert worker.wants_more
        worker.give(jobs[2:])
        assert not worker.wants_more
        assert (worker.files, worker.bytes) == (3, 11)
        answers = [message for _ in jobs for message in said(worker)]
        assert answers == [
            Message(Word.LAST, job.token, b"%d %d " % (job.size, job.full) + content)
            for job, content in zip(jobs, contents, strict=True)
        ]
        assert [worker.hand(job.token).job for job in jobs] == jobs
        worker.finished(jobs[0].token)
        assert not worker.wants_more
        worker.finished(jobs[1].token)
        assert worker.wants_more
        with pytest.raises(Malformed, match="not given"):
            worker.hand(jobs[0].token)
    for job in jobs:
        os.close(job.fd)


def test_beside_a_batch_that_must_be_alone_nothing_is_welcome(monkeypatch):
    fd = os.memfd_create("job")
    with child(monkeypatch, ECHO) as worker:
        made_ready(worker)
        worker.give([Job(1, fd, 0)], alone=True)
        assert not worker.wants_more
        worker.finished(1)
        assert worker.wants_more
    os.close(fd)


def test_one_that_retires_finishes_what_it_has_and_then_ends(monkeypatch):
    fd = os.memfd_create("job")
    with child(monkeypatch, ECHO) as worker:
        made_ready(worker)
        worker.give([Job(1, fd, 0)])
        worker.retire()
        assert not worker.wants_more
        assert [message.token for message in said(worker)] == [1]
        assert said(worker) is None
        assert worker.close().endswith("(exit code 7)")
    os.close(fd)


def test_giving_to_one_that_is_gone_is_an_error(monkeypatch):
    fd = os.memfd_create("job")
    with child(monkeypatch, READY) as worker:
        made_ready(worker)
        assert said(worker) is None
        with pytest.raises(OSError, match="Broken pipe"):
            worker.give([Job(1, fd, 0)])
    os.close(fd)


@pytest.mark.parametrize(
    ("packet", "problem"),
    [
        ("b'x'", "bad header"),
        ("struct.pack('<IBQ', 0, 9, 1)", "bad header"),
        ("struct.pack('<IBQ', 5, 4, 1) + b'four'", "cut off"),
        ("struct.pack('<IBQ', 150_000, 4, 1) + bytes(150_000)", "cut off"),
    ],
)
def test_a_packet_that_is_none_is_malformed(monkeypatch, packet: str, problem: str):
    with child(monkeypatch, f"{BEGIN}channel.send({packet})\ntime.sleep(60)") as worker:
        heard, _, _ = select.select([worker], [], [], 10)
        assert heard
        with pytest.raises(Malformed, match=problem):
            worker.receive()


def test_it_is_ready_only_once_and_not_with_work_in_hand(monkeypatch):
    with child(monkeypatch, READY + "time.sleep(60)") as worker:
        (message,) = said(worker)
        worker.hands[1] = Hand(Job(1, -1, 0))
        with pytest.raises(Malformed, match="twice"):
            worker.ready(message)
        worker.hands.clear()
        worker.ready(message)
        with pytest.raises(Malformed, match="twice"):
            worker.ready(message)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"7",
        b"null",
        b'{"name": 1}',
        b'["name"]',
        b'[{"name": "process", "held": true}]',
        b'[{"name": "process", "held": 1, "detail": ""}]',
        b'[{"name": null, "held": true, "detail": ""}]',
        b"[" * 100_000,
    ],
)
def test_a_posture_that_is_none_is_malformed(body: bytes):
    with pytest.raises(Malformed, match="posture"):
        process.posture_of(body)


@given(st.binary(max_size=60) | st.text(alphabet='[]{}":,1tnue').map(str.encode))
def test_any_bytes_are_a_posture_or_malformed(body: bytes):
    with contextlib.suppress(Malformed):
        assert process.posture_of(body).level in range(len(body) + 1)


def test_its_pulse_is_what_it_writes_into_the_page(monkeypatch):
    code = READY + (
        "os.pwrite(int(sys.argv[2]), struct.pack('<QQ', 77, 5), 0)\n"
        "say(1, 0, b'[]')\n"
        "time.sleep(60)"
    )
    with child(monkeypatch, code) as worker:
        assert (worker.pulse.token, worker.pulse.beats) == (0, 0)
        assert said(worker)
        assert said(worker)
        assert (worker.pulse.token, worker.pulse.beats) == (77, 5)


def test_nothing_is_left_open(monkeypatch):
    def held() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = held()
    for code in ("", READY, "import time; time.sleep(60)"):
        with child(monkeypatch, code) as worker:
            pid = worker._process.pid
            assert held() > before
            worker.kill("is no longer needed")
            worker.close()
        assert not Path(f"/proc/{pid}").exists()
    assert held() == before


def test_a_real_worker_has_a_single_thread_when_it_locks_itself_down():
    worker = WorkerProcess(SETTINGS)
    try:
        made_ready(worker)
        status = Path(f"/proc/{worker._process.pid}/status").read_text()
        assert "\nThreads:\t1\n" in status
        assert "\nNoNewPrivs:\t1\n" in status
        assert worker.posture.level >= 2
    finally:
        worker.kill("is no longer needed")
        worker.close()


def test_closing_waits_for_nobody(monkeypatch):
    stubborn = BEGIN + "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    with child(monkeypatch, stubborn) as worker:
        begun = time.monotonic()
        worker.kill("is no longer needed")
        worker.close()
        assert time.monotonic() - begun < 3


def test_a_later_draft_takes_the_place_of_an_earlier_one_and_a_result_that_of_both():
    hand = Hand(Job(1, -1, 0))
    hand.keep(pack(found("a", 1)))
    hand.keep(pack(found("b", 2)))
    hand.keep(pack(found("a", 3)))
    assert not hand.begun
    assert {(kept.member, kept.size) for kept in hand.drafts()} == {("a", 3), ("b", 2)}
    hand.reported(pack(found("a", 4)))
    assert hand.begun
    assert [(kept.member, kept.size) for kept in hand.drafts()] == [("b", 2)]


def test_of_drafts_that_are_nonsense_nothing_is_left():
    hand = Hand(Job(1, -1, 0))
    hand.keep(pack(found("a", 1)) + b"more")
    hand.keep(pack(found("b", 2)))
    assert [kept.member for kept in hand.drafts()] == ["b"]
    with pytest.raises(Malformed):
        hand.keep(b"short")


def test_drafts_do_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(process, "_MOST_DRAFTS", 3)
    hand = Hand(Job(1, -1, 0))
    for name in "abc":
        hand.keep(pack(found(name)))
    with pytest.raises(Malformed, match="more drafts"):
        hand.keep(pack(found("d")))


def test_a_process_that_cannot_be_started_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch):
    def fails(*_: object, **__: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(process, "launch", fails)
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - counted, not looked at
    for _ in range(3):
        with pytest.raises(OSError, match="memory"):
            WorkerProcess(SETTINGS)
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
