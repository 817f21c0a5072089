"""Two replicas on one PostgreSQL for an hour, while things go wrong around them.

``python -m benchmarks.soak --minutes 60``. Needs PostgreSQL's server and, as root, a small disk in
memory that can be filled. All the time entries are listed and withdrawn; workers, replicas and the
database are killed; a disk fills up. Every answer is held against what is known, every screening
that was answered must be in the records at the end, and memory is sampled. Exits with 1 when an
answer was wrong, a record is missing, or memory grew.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.soak import troubles
from benchmarks.soak.asking import Asker, File, ask, pictures
from benchmarks.soak.rig import Counts, Replica, environment
from benchmarks.soak.truth import Content, Truth
from tests.postgres_server import Server

RESULTS = Path(__file__).parent.parent / "results" / "soak.json"
CONTENTS, KNOWN, PICTURES = 2000, 1000, 24


@dataclass(slots=True)
class Plan:
    """How long, how much, and how often what goes wrong; seconds. 0 leaves that out."""

    seconds: float
    rate: float = 12.0
    askers: int = 2
    lists: float = 3.0
    worker: float = 20.0
    replica: float = 240.0
    database: float = 400.0
    disk: float = 500.0
    full: float = 15.0
    sample: float = 10.0


@dataclass(slots=True)
class Report:
    """What came of it."""

    seconds: float
    counts: Counts
    missing: int = 0
    memory: list[dict[str, float]] = field(default_factory=list[dict[str, float]])
    starts: int = 0

    def told(self) -> dict[str, object]:
        """Return it as it is written."""
        counts = self.counts
        return {
            "seconds": round(self.seconds), "answers": counts.answers,
            "statuses": counts.statuses, "wrong": len(counts.wrong),
            "screened": len(counts.ids), "missing from the records": self.missing,
            "not fully examined": counts.incomplete, "troubles": counts.troubles,
            "starts of replicas": self.starts, "memory MiB": self.memory,
        }  # fmt: skip


def soak(folder: Path, plan: Plan) -> Report:
    """Run ``plan`` below ``folder``, a short path."""
    counts, end, down = Counts(), threading.Event(), threading.Lock()
    with ExitStack() as stack:
        server = Server(Path(stack.enter_context(_folder())))
        stack.callback(server.stop)
        replicas = _replicas(folder, server, stack, small=bool(plan.disk))
        truth, files, key = _known(folder, replicas[0])
        for replica in replicas:
            replica.start()
            stack.callback(replica.kill)
        if not all(replica.ready() for replica in replicas):
            said = [(folder / f"home{n}.log").read_text()[-600:] for n in (1, 2)]
            raise SystemExit(f"the replicas do not start: {said}")
        made = troubles
        threads: list[threading.Thread] = [
            Asker(replicas, key, truth, files, counts, plan.rate / plan.askers + n / 100, end)
            for n in range(plan.askers)
        ]
        for name, seconds, do in (
            ("lists changed", plan.lists, made.change_lists(replicas, key, truth)),
            ("workers killed", plan.worker, made.kill_worker(replicas)),
            ("replicas killed", plan.replica, made.kill_replica(replicas, down)),
            ("database restarted", plan.database, made.restart_database(server, down)),
            ("disk full", plan.disk, made.fill_disk(replicas[1], plan.full)),
        ):
            if seconds:
                threads.append(troubles.Every(name, seconds, do, counts, end))
        report = Report(plan.seconds, counts)
        for thread in threads:
            thread.start()
        _sample(report, replicas, plan)
        end.set()
        for thread in threads:
            thread.join(180)
        if not all(replica.ready() for replica in replicas):
            said = [ask(replica, key, "GET", "/v1/status") for replica in replicas]
            raise SystemExit(f"a replica is not ready in the end: {said}")
        report.missing = _missing(replicas, key, counts.ids)
        report.starts = sum(replica.starts for replica in replicas)
    return report


def _sample(report: Report, replicas: Sequence[Replica], plan: Plan) -> None:
    begun = time.monotonic()
    while (now := time.monotonic() - begun) < plan.seconds:
        found = [replica.memory() for replica in replicas]
        sample = {"at": round(now)}
        for number, one in enumerate(found, 1):
            sample |= {f"{name} {number}": round(value, 1) for name, value in one.items()}
        report.memory.append(sample)
        time.sleep(plan.sample)


def _replicas(folder: Path, server: Server, stack: ExitStack, *, small: bool) -> list[Replica]:
    made: list[Replica] = []
    for number in (1, 2):
        home = folder / f"home{number}"
        home.mkdir(mode=0o700)
        if small and number == 2:  # the one whose disk is filled
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400m", "none", home], check=True)
            stack.callback(subprocess.run, ["umount", "-l", home], check=False)
        replica = Replica(home, environment(server.address, folder / "key"))
        replica.run("init")
        made.append(replica)
    return made


def _known(folder: Path, replica: Replica) -> tuple[Truth, list[File], str]:
    """List half of the contents and half of the pictures; return what is known, and a key."""
    truth = Truth([Content(number) for number in range(CONTENTS)])
    rows = ["id,pdq,md5"]
    for one in truth.contents[:KNOWN]:
        pdq, md5 = (signal["value"] for signal in one.signals)
        rows.append(f"c{one.number},{pdq},{md5}")
        one.known, one.entry = True, one.number + 1
    (folder / "list.csv").write_text("\n".join(rows))
    replica.run("lists", "import", str(folder / "list.csv"), "--name", "Soak", "--kind",
                "contraband")  # fmt: skip
    (folder / "pictures").mkdir()
    made = pictures(folder / "pictures", PICTURES)
    listed = "\n".join(hashlib.sha256(content).hexdigest() for content in made[: PICTURES // 2])
    (folder / "files.txt").write_text(listed)
    replica.run("lists", "import", str(folder / "files.txt"), "--name", "Files", "--kind",
                "contraband", "--format", "sha256")  # fmt: skip
    said = replica.run(
        "access", "key", "add", "soak", "--role", "platform", "--role", "list-manager", "--role",
        "analyst",
    )  # fmt: skip
    files = [File(content, n < PICTURES // 2) for n, content in enumerate(made)]
    return truth, files, next(word for word in said.split() if word.startswith("tb_"))


def _missing(replicas: Sequence[Replica], key: str, ids: Sequence[str]) -> int:
    """Return how many of the screenings that were answered are not in the records."""
    lost = 0
    for number, id in enumerate(ids):
        for _ in range(20):  # its quota may be used up for a moment
            status, _ = ask(replicas[number % 2], key, "GET", f"/v1/verdicts/{id}")
            if status in (200, 404):
                break
            time.sleep(1)
        lost += status != 200
    return lost


def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="tb", ignore_cleanup_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--hard", action="store_true", help="ten times as much goes wrong")
    given = parser.parse_args()
    plan = Plan(60 * given.minutes)
    if given.hard:
        plan = Plan(60 * given.minutes, worker=3, replica=25, database=40, disk=45, full=5)
    folder = _folder()
    with folder as name:
        report = soak(Path(name), plan)
    print(json.dumps({**report.told(), "memory MiB": report.memory[-3:]}, indent=1))
    for text in sorted(set(report.counts.wrong)):
        print(f"wrong, {report.counts.wrong.count(text)} times: {text}", file=sys.stderr)
    RESULTS.write_text(json.dumps(report.told(), indent=1) + "\n")
    sys.exit(bool(report.counts.wrong or report.missing))


if __name__ == "__main__":
    main()
