from __future__ import annotations

import contextlib
import hashlib
import io
import os
import random
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import skimage

from tidebreak.errors import WorkersFailed
from tidebreak.media import launch
from tidebreak.media import pool as pool_module
from tidebreak.media.examine import examine
from tidebreak.media.opening import open_file
from tidebreak.media.pool import LOST, GivenUp, Job, WorkerPool
from tidebreak.media.protocol import Word, frame, pack
from tidebreak.model import Examination, ViewKind
from tidebreak.settings import GIB, Limits, Settings

PICTURE_MARK = b"\x89PNG\r\n\x1a\n"
PHOTOGRAPHS = sorted((Path(skimage.__file__).parent / "data").glob("*.*g"))
QUICK = Settings(workers=2, limits=Limits(seconds=3.0))


def order(text: str) -> bytes:
    """Return a picture that makes the hostile worker do something (hostile_worker.py)."""
    return PICTURE_MARK + text.encode()


class Files:
    """Opens contents as jobs and remembers what was done with them."""

    def __init__(self, folder: Path, contents: Iterable[bytes]) -> None:
        self.paths: list[Path] = []
        for number, content in enumerate(contents, 1):
            self.paths.append(folder / str(number))
            self.paths[-1].write_bytes(content)
        self.opened = 0

    def jobs(self) -> Iterator[Job]:
        for token, path in enumerate(self.paths, 1):
            file = open_file(path)
            self.opened += 1
            yield Job(token, file.fd, file.size)


def through(pool: WorkerPool, folder: Path, contents: Iterable[bytes]):
    """Return the examinations by token, having checked that every job ended exactly once."""
    before = _descriptors()
    files = Files(folder, contents)
    found: dict[int, list[Examination]] = {n: [] for n in range(1, len(files.paths) + 1)}
    done: list[int] = []
    for job, examination in pool.examine(files.jobs()):
        assert job.token not in done
        if examination is None:
            done.append(job.token)
        else:
            found[job.token].append(examination)
    assert sorted(done) == sorted(found)
    assert all(items[-1].member == "" or LOST in items[-1].reason for items in found.values())
    assert not (_descriptors() & set(files.paths)), before
    return found


def _descriptors() -> set[Path]:
    held: set[Path] = set()
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            held.add(entry.readlink())
    return held


@pytest.fixture(scope="module")
def honest() -> Iterator[WorkerPool]:
    with WorkerPool(Settings(), 2) as pool:
        yield pool


@pytest.fixture(scope="module")
def hostile() -> Iterator[WorkerPool]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(launch, "_START", hostile_start())
        with WorkerPool(QUICK, 2) as pool:
            yield pool


def hostile_start() -> str:
    source = str(Path(__file__).with_name("hostile_worker.py"))
    return (
        "import sys; folders = sys.argv[1].split(':'); del sys.argv[1]; sys.path += folders; "
        "import runpy; "
        f"runpy.run_path({source!r})['main']()"
    )


def test_the_posture_is_known_from_the_start(honest: WorkerPool):
    assert honest.posture.level >= 2
    assert [rung.name for rung in honest.posture.rungs] == [
        "process",
        "limits",
        "landlock",
        "seccomp",
    ]


def test_what_comes_out_is_what_the_examiner_says(honest: WorkerPool, tmp_path: Path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("café/x.png", PHOTOGRAPHS[0].read_bytes())
        made.writestr("a.txt", b"words")
    contents = [path.read_bytes() for path in PHOTOGRAPHS]
    contents += [b"", b"words", bytes(5_000_000), packed.getvalue(), b"%PDF-1.7"]
    found = through(honest, tmp_path, contents)
    for token, content in enumerate(contents, 1):
        with Path(tmp_path, str(token)).open("rb") as file:
            expected = list(examine(file.fileno(), len(content), False, Settings()))
        assert found[token] == expected


def test_a_known_file_is_hashed_in_full_with_its_regions(honest: WorkerPool):
    path = next(path for path in PHOTOGRAPHS if path.name == "coffee.png")
    opened = open_file(path)
    events = list(honest.examine([Job(1, opened.fd, opened.size, known=True)]))
    (found,) = [found for _, found in events if found]
    assert found.preproc.endswith("/full")
    assert {view.kind for view in found.views} == {ViewKind.REGION}


def test_nothing_in_nothing_out(honest: WorkerPool):
    assert list(honest.examine([])) == []


def test_a_pool_serves_again_and_again(honest: WorkerPool, tmp_path: Path):
    for number in range(3):
        assert len(through(honest, tmp_path, [b"%d" % number])) == 1


def test_jobs_are_pulled_only_as_they_are_needed(honest: WorkerPool, tmp_path: Path):
    files = Files(tmp_path, (b"%d" % number for number in range(1500)))
    stream = honest.examine(files.jobs())
    next(stream)
    assert files.opened < 500
    stream.close()
    assert not (_descriptors() & set(files.paths))
    assert len(through(honest, tmp_path, [b"still works"])) == 1


def test_many_small_files_are_all_told_apart(honest: WorkerPool, tmp_path: Path):
    contents = [b"%d" % number for number in range(1000)]
    found = through(honest, tmp_path, contents)
    for token, content in enumerate(contents, 1):
        (one,) = found[token]
        assert one.signal("sha256").value == hashlib.sha256(content).digest()


def test_jobs_may_fail_to_come(honest: WorkerPool, tmp_path: Path):
    files = Files(tmp_path, [b"a", b"b"])

    def failing() -> Iterator[Job]:
        yield from files.jobs()
        raise RuntimeError("the walk broke")

    with pytest.raises(RuntimeError, match="the walk broke"):
        list(honest.examine(failing()))
    assert not (_descriptors() & set(files.paths))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("socket", "tried something forbidden and was stopped"),
        ("fork", "tried something forbidden and was stopped"),
        ("exec /bin/true", "tried something forbidden and was stopped"),
        ("memory", "the examining process ran out of memory"),
        ("crash", "crashed (signal 11)"),
        ("exit 3", "ended unexpectedly (exit code 3)"),
        ("hang", "was killed after 3 s without progress"),
        ("kill-parent", "refused: kill-parent"),
        ("read /etc/passwd", "refused: read: Permission denied"),
        ("write /tmp/tidebreak-was-here", "refused: write: Permission denied"),
        ("say " + "ff" * 40, "makes no sense"),
        ("say " + frame(Word.READY, 0, b"[]").hex(), "makes no sense"),
        ("say " + frame(Word.LAST, 999, pack(Examination("", 1, ""))).hex(), "makes no sense"),
        ("say " + frame(Word.LAST, 2, b"rubbish").hex(), "makes no sense"),
    ],
)
def test_misbehaviour_costs_exactly_the_file_over_which_it_happens(
    hostile: WorkerPool, tmp_path: Path, text: str, reason: str
):
    contents = [order("fine"), order(text), b"plain words", order("fine"), b"", order("fine")]
    found = through(hostile, tmp_path, contents)
    ((bad,), others) = (found.pop(2), found)
    assert reason in bad.reason
    assert bad.signal("sha256").value == hashlib.sha256(contents[1]).digest()
    for token, items in others.items():
        assert [item.reason for item in items] == [""], token
    assert not Path("/tmp/tidebreak-was-here").exists()


def test_members_that_were_reported_before_a_death_are_kept(hostile: WorkerPool, tmp_path: Path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        # Content of more than 8 MiB makes what stands before it be reported.
        made.writestr("before.png", order("fine"))
        made.writestr("noise", random.Random(1).randbytes(200_000))
        for number in range(40):
            made.writestr(f"noise{number}", random.Random(number).randbytes(250_000))
        made.writestr("bad.png", order("crash"))
        made.writestr("after.png", order("fine"))
    found = through(hostile, tmp_path, [packed.getvalue(), b"other"])
    by_name = {item.member: item for item in found[1]}
    assert by_name["before.png"].reason == ""
    assert "crashed" in by_name["bad.png"].reason
    assert by_name["bad.png"].signal("sha256")
    assert "crashed" in by_name[""].reason
    assert by_name[""].signal("sha256")
    assert [item.reason for item in found[2]] == [""]


def test_a_row_of_crashes_ends(hostile: WorkerPool, tmp_path: Path):
    found = through(hostile, tmp_path, [order("crash")] * 4 + [b"words"])
    assert ["crashed" in found[token][0].reason for token in range(1, 6)] == [True] * 4 + [False]


def test_a_worker_knows_nothing_of_its_parents_secrets(hostile: WorkerPool, tmp_path, monkeypatch):
    found = through(hostile, tmp_path, [order("environment"), order("descriptors")])
    names = found[1][0].reason.removeprefix("refused: environment: ").split()
    assert set(names) <= {
        *("HOME", "XDG_CACHE_HOME", "LD_LIBRARY_PATH", "LC_ALL", "LC_CTYPE"),
        *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "NUMBA_CACHE_DIR"),
    }
    kinds = [item.split(":")[1] for item in found[2][0].reason.split()[2:]]
    regular = [kind for kind in kinds if kind.startswith("100")]
    # Its page of shared memory, and the two files of this batch.
    assert len(regular) <= 3
    assert sum(kind.startswith("140") for kind in kinds) == 1


def test_workers_are_replaced_after_a_while(monkeypatch, tmp_path: Path):
    monkeypatch.setattr(pool_module, "_LIFE_FILES", 50)
    with WorkerPool(Settings(), 1) as pool:
        first = {worker.fileno() for worker in pool._workers}
        workers = set(pool._workers)
        found = through(pool, tmp_path, [b"%d" % number for number in range(300)])
        assert all(items[0].reason == "" for items in found.values())
        assert first
        assert not (workers & set(pool._workers))


def test_workers_that_do_not_start_are_an_error(monkeypatch):
    monkeypatch.setattr(launch, "_START", "import sys; sys.exit('no such decoder')")
    with pytest.raises(WorkersFailed, match="no such decoder"), WorkerPool(Settings(), 1):
        pass


def test_memory_for_workers_can_be_too_small_to_start_with():
    tiny = Settings(limits=replace(Limits(), memory_bytes=GIB))
    with WorkerPool(tiny, 1) as pool:
        assert pool.posture.level >= 2


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_no_orphans_are_left(tmp_path: Path, how: signal.Signals):
    script = tmp_path / "parent.py"
    script.write_text(
        "import time\n"
        "from tidebreak.media.pool import WorkerPool\n"
        "from tidebreak.settings import Settings\n"
        "with WorkerPool(Settings(), 1) as pool:\n"
        "    print(*(w._process.pid for w in pool._workers), flush=True)\n"
        "    time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as parent:
        worker = int(parent.stdout.readline())
        assert _alive(worker)
        parent.send_signal(how)
        parent.wait(60)
    deadline = time.monotonic() + 10
    while _alive(worker) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _alive(worker)


def test_a_slow_consumer_is_nobodys_fault(hostile: WorkerPool, tmp_path: Path):
    files = Files(tmp_path, [order("fine"), order("fine"), b"words"])
    reasons: list[str] = []
    for _, found in hostile.examine(files.jobs()):
        time.sleep(0.8)
        reasons += [found.reason] if found else []
    assert reasons == ["", "", ""]


def test_descriptors_are_closed_when_the_pool_is(tmp_path: Path):
    before = len(list(Path("/proc/self/fd").iterdir()))
    with WorkerPool(Settings(), 1) as pool:
        through(pool, tmp_path, [b"x"])
    assert len(list(Path("/proc/self/fd").iterdir())) == before


class Live:
    """Jobs that come while others are examined: for each an answer is awaited before the next."""

    def __init__(self, folder: Path, contents: Sequence[bytes]) -> None:
        self.files = Files(folder, contents)
        self._jobs = self.files.jobs()
        self.waiting: list[Job] = []
        self.wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self.ended = False

    def __iter__(self) -> Iterator[Job | None]:
        return self

    def __next__(self) -> Job | None:
        if self.waiting:
            return self.waiting.pop()
        if self.ended:
            raise StopIteration
        return None

    def come(self) -> bool:
        job = next(self._jobs, None)
        self.waiting += [] if job is None else [job]
        self.ended = job is None
        os.eventfd_write(self.wake, 1)
        return not self.ended


def test_a_job_that_comes_while_the_pool_waits_is_begun_at_once(tmp_path: Path):
    live = Live(tmp_path, [b"%d" % number for number in range(8)])
    took: list[float] = []
    with WorkerPool(Settings(), 1, wake=live.wake, singly=True) as pool:

        def later() -> None:
            time.sleep(0.02)  # the pool sleeps by then, for longer than all of this may take
            took.append(-time.monotonic())
            live.come()

        threading.Thread(target=later).start()
        for _, found in pool.examine(live):
            if found is None:
                took[-1] += time.monotonic()
                threading.Thread(target=later).start()
    os.close(live.wake)
    assert len(took) == 9
    assert sorted(took[:8])[4] < pool_module._TICK / 4


def test_singly_nothing_waits_behind_a_slow_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(launch, "_START", hostile_start())
    contents = [order("hang"), *(b"%d" % number for number in range(20))]
    files = Files(tmp_path, contents)
    ended: list[int] = []
    with WorkerPool(QUICK, 2, singly=True) as pool:
        pool.begin(every=True)
        ended = [job.token for job, found in pool.examine(files.jobs()) if found is None]
    assert ended[-1] == 1
    assert sorted(ended) == list(range(1, 22))


def test_what_is_under_way_can_be_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(launch, "_START", hostile_start())
    live = Live(tmp_path, [order("hang"), b"a", b"b"])
    for _ in range(3):
        live.come()
    with WorkerPool(QUICK, 1, wake=live.wake, singly=True) as pool:

        def give_up() -> None:
            pool.given_up = True
            os.eventfd_write(live.wake, 1)

        threading.Timer(0.3, give_up).start()
        begun = time.monotonic()
        with pytest.raises(GivenUp):
            list(pool.examine(live))
        assert time.monotonic() - begun < 2
    os.close(live.wake)
    assert not (_descriptors() & set(live.files.paths))
