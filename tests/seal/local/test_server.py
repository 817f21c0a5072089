from __future__ import annotations

import asyncio
import os
import socket
import stat
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.seal.local_helper import known, running, terms, write_store

from tidebreak.errors import CannotAsk, Damaged, NotInstalled, TidebreakError, UsageError
from tidebreak.seal.local import file, wire
from tidebreak.seal.local.bucket import Bucket
from tidebreak.seal.local.client import LocalStore
from tidebreak.seal.local.hardening import Cost, Hardener
from tidebreak.seal.local.server import MOST_CONNECTIONS, Place, Server, Store, serve
from tidebreak.seal.local.wire import Known, Reply, Status


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The process of a store of the numbers below 200, the last 50 not for certain."""
    folder = tmp_path_factory.mktemp("served")
    files = write_store(folder, range(200), terms(), uncertain=range(150, 200))
    with running(*files, folder / "socket") as process:
        process.place = folder / "socket"
        yield process
        assert process.poll() is None
    assert process.complaints == b""
    assert process.returncode == 0


def connect(place: Path, timeout: float = 20.0) -> socket.socket:
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.settimeout(timeout)
    line.connect(str(place))
    return line


def receive(line: socket.socket) -> wire.Reply | None:
    """One answer, or None where the other side has hung up."""
    data = b""
    while len(data) < 4 or len(data) < 4 + int.from_bytes(data[:4]):
        try:
            part = line.recv(65536)
        except ConnectionError:
            return None
        if not part:
            return None
        data += part
    return wire.read_reply(data[4:])


def test_what_is_known_is_known_and_nothing_else(served):
    asked = [[known(n)] for n in range(400)]
    answers = LocalStore(served.place).ask(asked)
    assert [answer.known for answer in answers] == [n < 200 for n in range(400)]
    assert [answer.certain for answer in answers] == [not 150 <= n < 200 for n in range(400)]
    assert len({answer.version for answer in answers}) == 1


def test_the_process_is_locked_down_and_looked_into_by_nobody(served):
    status = Path(f"/proc/{served.pid}/status").read_text()
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert "Max core file size        0                    0" in (
        Path(f"/proc/{served.pid}/limits").read_text()
    )
    assert fields["CapEff"].strip("0") == ""
    assert fields["NoNewPrivs"] == "1"
    if "no seccomp" not in served.posture:
        assert fields["Seccomp"] == "2"
    if "no memory" not in served.posture:
        assert int(fields["VmLck"].split()[0]) > 0
    # Not dumpable: its files in /proc belong to root, and nobody else may attach to it.
    assert Path(f"/proc/{served.pid}/mem").stat().st_uid == 0


def test_the_socket_is_its_users_alone(served):
    assert stat.S_IMODE(served.place.stat().st_mode) == 0o600


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=200))
def test_whatever_is_sent_is_refused_or_answered(served, body):
    with connect(served.place) as line:
        line.sendall(wire.frame(body))
        said = receive(line)
    try:
        asked = wire.read_question(body)
    except wire.Malformed:
        assert said.status is Status.REFUSED
        assert said.known == ()
    else:
        assert len(said.known) == len(asked)


def test_a_length_that_nobody_needs_is_refused_before_it_is_read(served):
    with connect(served.place) as line:
        line.sendall((wire.LONGEST + 1).to_bytes(4))
        assert receive(line).status is Status.REFUSED
        assert receive(line) is None


def test_half_a_question_and_silence_hold_nobody_up(served):
    with ExitStack() as lines:
        for _ in range(50):
            line = lines.enter_context(connect(served.place))
            line.sendall(b"\0\0\1")
        assert LocalStore(served.place, patience=10).ask([[known(3)]])[0].known


def test_who_does_not_read_holds_nobody_up(served):
    question = wire.frame(wire.question([]))
    with connect(served.place, 0.5) as greedy:
        with pytest.raises(TimeoutError):  # its answers fill every buffer, and then nothing moves
            greedy.sendall(question * 1_000_000)
        assert LocalStore(served.place, patience=20).ask([[known(3)]])[0].known


def test_too_many_connections_are_told_so_and_those_that_wait_are_answered(served):
    with ExitStack() as lines:
        for _ in range(MOST_CONNECTIONS + 1):  # one of them is told so
            lines.enter_context(connect(served.place))
        time.sleep(0.2)
        with connect(served.place) as one_more:
            assert receive(one_more).status is Status.BUSY
        with pytest.raises(CannotAsk, match="too many"):
            LocalStore(served.place, patience=0.3).version()
    assert LocalStore(served.place, patience=10).ask([[known(3)]])[0].known


def test_thousands_of_connections_are_all_answered(served):
    def ask(number: int) -> bool:
        return LocalStore(served.place, patience=60).ask([[known(number)]])[0].known

    with ThreadPoolExecutor(40) as threads:
        answers = list(threads.map(ask, [n % 400 for n in range(3000)]))
    assert answers == [n % 400 < 200 for n in range(3000)]
    assert len([*Path(f"/proc/{served.pid}/task").iterdir()]) < 40


def test_the_process_leaves_no_trace_of_what_was_asked(served):
    value = known(123456).value
    assert not LocalStore(served.place).ask([[known(123456)]])[0].known
    for path in served.place.parent.iterdir():
        if path.is_file():
            assert value not in path.read_bytes()
            assert value.hex().encode() not in path.read_bytes()


def test_killed_in_the_middle_it_says_nothing_rather_than_no(tmp_path: Path):
    slow = terms(Cost(steps=256, memory=8))
    files = write_store(tmp_path, range(3), slow)
    failed: list[str] = []

    def ask() -> None:
        try:
            LocalStore(tmp_path / "s").ask([[known(n)] for n in range(200)])
        except CannotAsk as error:
            failed.append(str(error))

    with running(*files, tmp_path / "s") as process:
        asking = [threading.Thread(target=ask) for _ in range(5)]
        for thread in asking:
            thread.start()
        time.sleep(0.5)
        process.kill()
        for thread in asking:
            thread.join()
        process.wait()
    assert len(failed) == 5
    assert all("does not answer" in why for why in failed)
    with running(*files, tmp_path / "s"):  # over the socket that the dead one left
        assert LocalStore(tmp_path / "s").ask([[known(2)]])[0].known


def test_what_may_be_asked_a_day_holds_over_a_restart(tmp_path: Path):
    files = write_store(tmp_path, range(3), terms(per_day=86_400))  # one a second
    with running(*files, tmp_path / "s") as process:
        begin = time.monotonic()
        LocalStore(tmp_path / "s").ask([[known(n)] for n in range(3)])
        assert time.monotonic() - begin > 1
        process.kill()
        process.wait()
    (tmp_path / "s.quota").unlink()  # who deletes it has nothing
    with running(*files, tmp_path / "s"):
        with pytest.raises(CannotAsk, match="as much as it may"):
            LocalStore(tmp_path / "s", patience=0.5).ask([[known(n)] for n in range(20)])
        assert LocalStore(tmp_path / "s").ask([[known(1)]])[0].known


def test_a_store_past_its_expiry_answers_nothing(tmp_path: Path, store, monkeypatch):
    assert asyncio.run(store.answer(wire.question([]))).status is Status.ANSWERED
    past = datetime.now(UTC) - timedelta(seconds=1)
    store.terms = replace(store.terms, expires=past)
    for asked in ([], [("sha256", known(1).value)]):
        assert asyncio.run(store.answer(wire.question(asked))) == Reply(Status.EXPIRED)
    files = write_store(tmp_path, range(3), store.terms)
    refused(monkeypatch, TidebreakError, "past its expiry", *files, Place(tmp_path / "s"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store of the numbers below 100, without its process; it counts what it computes."""
    path, key_file = write_store(tmp_path, range(100), terms(Cost(4, 1)), uncertain=range(50, 100))
    key = file.load_key(key_file)
    on, digests = file.unpack(path.read_bytes(), key)
    clock = iter(range(0, 1 << 40, 1000))
    made = Store(on, digests, key, Bucket(on.per_day, 10_000, tmp_path / "q", clock.__next__))
    yield made
    made.close()


def test_yes_and_no_cost_the_same(store, monkeypatch):
    computed: list[int] = []
    at = Hardener.at
    monkeypatch.setattr(Hardener, "at", lambda *given: computed.append(1) or at(*given))

    async def ask(*numbers: int) -> tuple[Known, ...]:
        asked = [("sha256", known(n).value) for n in numbers]
        return (await store.answer(wire.question(asked))).known

    for number, said in ((3, Known.CERTAIN), (70, Known.UNCERTAIN), (200, Known.NO)):
        computed.clear()
        assert asyncio.run(ask(number)) == (said,)
        assert len(computed) == 4
    computed.clear()
    assert asyncio.run(ask(*range(95, 105))) == (Known.UNCERTAIN,) * 5 + (Known.NO,) * 5
    assert len(computed) == 40


def test_a_failure_is_said_and_never_a_no(store, monkeypatch, capfd):
    def fail(*_: object) -> bytes:
        raise RuntimeError(known(1).text)

    monkeypatch.setattr(Hardener, "at", fail)
    said = asyncio.run(store.answer(wire.question([("sha256", known(1).value)])))
    assert said == Reply(Status.FAILED)
    assert capfd.readouterr() == ("", "")


def test_users_whom_nobody_allowed_are_refused(store, tmp_path: Path, monkeypatch):
    async def ask(*allowed: int) -> Status:
        server = Server(store, allowed)
        listening = await asyncio.start_unix_server(server.handle, tmp_path / "own")
        reader, writer = await asyncio.open_unix_connection(tmp_path / "own")
        writer.write(wire.frame(wire.question([])))
        length = int.from_bytes(await reader.readexactly(4))
        said = wire.read_reply(await reader.readexactly(length))
        writer.close()
        listening.close()
        return said.status

    own = os.getuid()
    assert asyncio.run(ask()) is Status.ANSWERED
    monkeypatch.setattr("tidebreak.seal.local.server.os.getuid", lambda: own + 1)
    assert asyncio.run(ask()) is Status.REFUSED
    assert asyncio.run(ask(own)) is Status.ANSWERED


def refused(monkeypatch, error, match, *arguments):
    monkeypatch.setattr("tidebreak.seal.local.server.refuse_dumps", lambda: None)
    with pytest.raises(error, match=match):
        serve(*arguments, lambda *_: None)


def test_it_does_not_start_over_another_or_with_a_wrong_key(tmp_path: Path, monkeypatch, served):
    store, key_file = write_store(tmp_path, range(3), terms())
    refused(monkeypatch, UsageError, "answers at .* already", store, key_file, Place(served.place))
    (tmp_path / "file").touch()
    refused(monkeypatch, UsageError, "no socket", store, key_file, Place(tmp_path / "file"))
    deep = tmp_path / ("x" * 100)
    refused(monkeypatch, UsageError, "no socket at", store, key_file, Place(deep))
    key_file.chmod(0o644)
    refused(monkeypatch, NotInstalled, "chmod 600", store, key_file, Place(tmp_path / "s"))
    key_file.chmod(0o600)
    data = store.read_bytes()
    store.write_bytes(data[:60] + bytes([data[60] ^ 1]) + data[61:])
    refused(monkeypatch, Damaged, "changed", store, key_file, Place(tmp_path / "s"))
