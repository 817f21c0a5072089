"""What goes wrong: workers, replicas and the database die, and a disk fills up."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from benchmarks.soak.asking import ask
from benchmarks.soak.rig import Counts, Replica
from benchmarks.soak.truth import GRACE, Truth
from tests.postgres_server import Server


class Every(threading.Thread):
    """Does one thing every so many seconds, until ``end`` is set; counts how often."""

    def __init__(
        self, name: str, seconds: float, do: Callable[[], None], counts: Counts,
        end: threading.Event,
    ) -> None:  # fmt: skip
        super().__init__(daemon=True, name=name)
        self._seconds, self._do, self._counts, self._stop_at = seconds, do, counts, end

    def run(self) -> None:
        """Go on until the end."""
        while not self._stop_at.wait(self._seconds):
            self._do()
            self._counts.troubles[self.name] = self._counts.troubles.get(self.name, 0) + 1


def change_lists(replicas: list[Replica], key: str, truth: Truth) -> Callable[[], None]:
    """Add or withdraw one entry through either replica."""
    chance = random.Random(3)

    def change() -> None:
        replica = chance.choice(replicas)
        with truth.turn:
            old = [c for c in truth.contents if time.monotonic() - c.changed > 2 * GRACE]
        if not old:
            return
        one = chance.choice(old)
        # Unsettled from before the request until it is answered, whichever way it goes.
        truth.set(one, one.known)
        base = "/v1/lists/Soak/entries"
        if one.known:
            path, body = f"{base}/{one.entry}/withdraw", {"reason": "soak"}
        elif one.entry:
            path, body = f"{base}/{one.entry}/restore", {"reason": "soak"}
        else:
            path, body = base, {"entries": [{"signals": one.signals, "key": f"c{one.number}"}]}
        for _ in range(60):
            status, content = ask(replica, key, "POST", path, json.dumps(body).encode())
            if status in (200, 201):
                entry = 0 if one.entry else json.loads(content)["numbers"][0]
                truth.set(one, not one.known, entry)
                return
            time.sleep(0.5)  # it may or may not have happened; asked for again it does no harm
            truth.set(one, one.known)

    return change


def kill_worker(replicas: list[Replica]) -> Callable[[], None]:
    """Kill one of the processes that examine files."""
    chance = random.Random(5)

    def kill() -> None:
        workers = [number for replica in replicas for number in replica.workers]
        if workers:
            with suppress(OSError):
                os.kill(chance.choice(workers), signal.SIGKILL)

    return kill


def kill_replica(replicas: list[Replica], down: threading.Lock) -> Callable[[], None]:
    """Kill one replica and start it again; never both."""
    turn = [0]

    def kill() -> None:
        with down:
            replica = replicas[turn[0] % len(replicas)]
            turn[0] += 1
            replica.kill()
            replica.start()
            if not replica.ready():
                raise SystemExit("a replica that was killed does not come back")

    return kill


def restart_database(server: Server, down: threading.Lock) -> Callable[[], None]:
    """Stop the database at once, as a power cut does, and start it again."""

    def restart() -> None:
        with down:
            server.stop("immediate")
            time.sleep(2)
            server.start()

    return restart


def fill_disk(replica: Replica, seconds: float) -> Callable[[], None]:
    """Leave no room in the home of a replica for a while."""

    def fill() -> None:
        path = replica.home / "filler"
        with suppress(OSError), path.open("wb") as file:
            while True:
                file.write(bytes(1 << 20))
                file.flush()
        time.sleep(seconds)
        path.unlink()

    return fill
