"""The HTTP gate between real programs: nginx, opentracker, and announcing clients."""

from __future__ import annotations

import os
import random
import re
import socket
import struct
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote_from_bytes

import libtorrent as lt
import pytest
import uvicorn
from tests.gates import programs, swarm
from tests.gates.conftest import Oracle, make_torrent

from tidebreak import links
from tidebreak.errors import BadLink, UsageError
from tidebreak.gates.announces import infohashes
from tidebreak.gates.gate import Gate
from tidebreak.gates.http import application
from tidebreak.gates.queue import Queue
from tidebreak.gates.serving import serve
from tidebreak.gates.trackers import Allowed, tracker_ids
from tidebreak.links import bencode

ROOT = Path(__file__).parents[2]
CLEAR, LATER, UNLISTED = b"c" * 20, b"l" * 20, b"u" * 20
KNOWN = b"\x00\xff known \x80&=+%?#;/kk"


@dataclass
class Tracker:
    """opentracker, whose whitelist is all that it knows."""

    port: int
    whitelist: Path
    pid_file: Path


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Tracker]:
    program = programs.found("opentracker")
    folder = tmp_path / "tracker"
    folder.mkdir()
    folder.chmod(0o755)  # started as root, it goes on as nobody, confined here
    whitelist, port = folder / "whitelist", programs.free_port()
    whitelist.write_text("")
    listed = whitelist.name if os.geteuid() == 0 else str(whitelist)
    command = [program, "-i", "127.0.0.1", "-p", str(port), "-P", str(port), "-d", str(folder),
               "-u", "nobody", "-w", listed]  # fmt: skip
    with programs.running(command, folder) as process:
        swarm.until(lambda: programs.accepts(port))
        (folder / "pid").write_text(str(process.pid))
        yield Tracker(port, whitelist, folder / "pid")


@contextmanager
def gate_at(gate: Gate, port: int, **more) -> Generator[uvicorn.Server]:
    """Serve a gate in a thread."""
    queue = Queue(gate)
    config = uvicorn.Config(application(queue, **more), port=port, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    swarm.until(lambda: programs.accepts(port))
    try:
        yield server
    finally:
        server.should_exit = True
        thread.join()
        queue.close()


@pytest.fixture
def nginx(tmp_path: Path, tracker: Tracker) -> Iterator[tuple[int, int]]:
    """nginx with the configuration of the documentation; yields its port, and the gate's."""
    program = programs.found("nginx")
    folder = tmp_path / "nginx"
    folder.mkdir()
    port, gate = programs.free_port(), programs.free_port()
    page = (ROOT / "docs" / "gates.md").read_text()
    [shown] = re.findall(r"```nginx\n(.*?)```", page, re.DOTALL)
    for there, here in (("6970", tracker.port), ("6969", port), ("8399", gate)):
        shown = shown.replace(there, f"{here}")
    # Addresses of loopback are this machine's own: what is told of others needs no rights here.
    shown = shown.replace(f"listen {port}", f"listen 127.0.0.1:{port}").replace(" transparent", "")
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log stderr;\n"
        "events {}\n"
        "http { client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;\n"
        "uwsgi_temp_path uwsgi; scgi_temp_path scgi;\n" + shown + "}\n"
    )
    with programs.running([program, "-p", str(folder), "-c", "nginx.conf"], folder):
        swarm.until(lambda: programs.accepts(port))
        yield port, gate


def announce(port: int, value: bytes, here: str = "127.0.0.1", peer: int = 5555) -> dict:
    """Announce over HTTP from one of this machine's addresses and read the answer."""
    query = f"info_hash={quote_from_bytes(value)}&peer_id={'p' * 20}&port={peer}"
    address = f"/announce?{query}&uploaded=0&downloaded=0&left=0&compact=1"
    head, _, body = raw(port, address, here).partition(b"\r\n\r\n")
    assert b" 200 " in head.split(b"\r\n")[0]
    answer = bencode.parse_strict(body).value
    assert isinstance(answer, dict)
    return answer


def raw(port: int, address: str, here: str = "127.0.0.1") -> bytes:
    """Return all that a server says to a request for ``address``."""
    with socket.create_connection(("127.0.0.1", port), 5, (here, 0)) as line:
        line.sendall(f"GET {address} HTTP/1.0\r\nHost: tracker\r\n\r\n".encode())
        return b"".join(iter(lambda: line.recv(4096), b""))


def announce_udp(port: int, value: bytes) -> bytes:
    """Announce by BEP 15 and return the answer after its header of 8 bytes."""
    with socket.socket(type=socket.SOCK_DGRAM) as line:
        line.settimeout(5)
        line.connect(("127.0.0.1", port))
        line.send(struct.pack(">QII", 0x41727101980, 0, 7))
        _, _, connection = struct.unpack(">IIQ", line.recv(16))
        line.send(struct.pack(">QII20s20sQQQIIIiH", connection, 1, 8, value, b"p" * 20,
                              0, 0, 0, 0, 0, 0, -1, 5555))  # fmt: skip
        return line.recv(2000)[8:]


def test_a_tracker_behind_nginx_serves_what_is_clear(
    nginx: tuple[int, int], tracker: Tracker, oracle: Oracle
):
    port, gate_port = nginx
    Allowed(tracker.whitelist, tracker.pid_file).add([CLEAR, LATER, KNOWN])
    swarm.until(lambda: b"peers" in announce(tracker.port, CLEAR))
    swarm.until(lambda: b"peers" in announce(tracker.port, KNOWN))
    oracle.known.add(("btih", KNOWN))
    # The gate is down: closed.
    assert announce(port, CLEAR).keys() == {b"failure reason"}
    with gate_at(Gate(oracle), gate_port):
        # The address of the client is what the tracker tells to others.
        answer = announce(port, CLEAR, "127.0.0.2")
        assert socket.inet_aton("127.0.0.2") + struct.pack(">H", 5555) in answer[b"peers"]
        refused = announce(port, KNOWN)
        assert refused.keys() == {b"failure reason"}
        # A hit, a gate that is down and one without answers look the same from outside.
        oracle.down()
        assert announce(port, LATER) == refused
        assert b"peers" in announce(port, CLEAR)  # the answer was had a moment ago
        oracle.up()
        assert b"peers" in announce(port, LATER)
        # What the tracker itself says comes through as it is.
        unlisted = announce(port, UNLISTED)
        assert unlisted == announce(tracker.port, UNLISTED) != refused
    assert announce(port, CLEAR) == refused


def test_a_libtorrent_client_is_told(
    nginx: tuple[int, int], tracker: Tracker, oracle: Oracle, tmp_path: Path
):
    port, gate_port = nginx
    torrents = [make_torrent(tmp_path, name, [40_000], "hybrid", seed)
                for seed, name in enumerate(("clear.bin", "known.bin"))]  # fmt: skip
    references = [links.read_file(data) for data in torrents]
    Allowed(tracker.whitelist, tracker.pid_file).add(
        [value for reference in references for value in tracker_ids(reference)]
    )
    oracle.learn(*references[1].signals)
    session = swarm.session(alert_mask=lt.alert.category_t.tracker_notification)
    with gate_at(Gate(oracle), gate_port):
        for data in torrents:
            params = lt.load_torrent_buffer(data)
            params.save_path = str(tmp_path)
            params.trackers = [f"http://127.0.0.1:{port}/announce"]
            session.add_torrent(params)
        said: dict[str, list[str]] = {"clear.bin": [], "known.bin": []}

        def told() -> bool:
            for alert in session.pop_alerts():
                if isinstance(alert, lt.tracker_error_alert | lt.tracker_reply_alert):
                    said[alert.torrent_name].append(f"{type(alert).__name__} {alert.message()}")
            return all(len(each) >= 2 for each in said.values())  # one for each version

        swarm.until(told)
    assert all(each.startswith("tracker_reply") for each in said["clear.bin"])
    assert all("not served" in each for each in said["known.bin"])


def test_allow_mode_needs_no_gate_in_the_way(tracker: Tracker, oracle: Oracle, tmp_path: Path):
    clear = make_torrent(tmp_path, "clear.bin", [40_000])
    known = make_torrent(tmp_path, "known.bin", [40_000], seed=2)
    oracle.learn(*links.read_file(known).signals)
    ids = [tracker_ids(links.read_file(data))[0] for data in (clear, known)]
    allowed = Allowed(tracker.whitelist, tracker.pid_file)
    port = programs.free_port()
    with gate_at(Gate(oracle), port, allowed=allowed):
        for data in (clear, known):
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/check", data,
                {"Content-Type": "application/x-bittorrent"},
            )  # fmt: skip
            urllib.request.urlopen(request, timeout=5).close()
    swarm.until(lambda: b"peers" in announce(tracker.port, ids[0]))
    assert announce(tracker.port, ids[1]).keys() == {b"failure reason"}
    assert len(announce_udp(tracker.port, ids[0])) > 0
    assert announce_udp(tracker.port, ids[1])[12:] == b""  # no peers
    allowed.remove(ids)
    swarm.until(lambda: b"peers" not in announce(tracker.port, ids[0]))


def test_only_this_machine_may_ask_without_a_token(oracle: Oracle):
    for host in ("0.0.0.0", "192.0.2.1", "::", "example.org"):
        with pytest.raises(UsageError, match="token"):
            serve(Gate(oracle), host, 0)


def test_a_port_that_is_taken_is_one_sentence(oracle: Oracle):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UsageError, match="--port"):
            serve(Gate(oracle), "127.0.0.1", taken.getsockname()[1])


def test_it_stops_in_order_when_told(tmp_path: Path):
    port = programs.free_port()
    code = (
        "from tests.gates.conftest import Oracle\n"
        "from tidebreak.gates.gate import Gate\n"
        "from tidebreak.gates.serving import serve\n"
        f"serve(Gate(Oracle()), '127.0.0.1', {port})\n"
        "print('in order')\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE)
    swarm.until(lambda: programs.accepts(port))
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/status", timeout=5) as answer:
        assert answer.headers["Tidebreak-Gate"] == "ok; on-failure=closed; on-hit=refuse"
    process.terminate()
    out, _ = process.communicate(timeout=10)
    assert (process.returncode, out) == (0, b"in order\n")


def spellings(seed: int) -> Iterator[str]:
    """Yield addresses that name KNOWN in ways in which a tracker might read them, or not."""
    chance = random.Random(seed)
    names = ["info_hash"] * 6 + ["INFO_HASH", "info_hash[]", "xinfo_hash"]
    for _ in range(400):
        name = "".join(
            f"%{ord(each):02{chance.choice('xX')}}" if chance.random() < 0.1 else each
            for each in chance.choice(names)
        )
        value = "".join(
            f"%{byte:02{chance.choice('xX')}}"
            if chance.random() < 0.5 or chr(byte) in "%&=#?; " or not 33 <= byte < 127
            else chr(byte)
            for byte in KNOWN
        )
        other = quote_from_bytes(chance.choice([CLEAR, UNLISTED]))
        parts = [f"{name}={value}", f"peer_id={'p' * 20}", "port=5555", "left=0", "compact=1"]
        parts += [f"info_hash={other}"] * (chance.random() < 0.2)
        chance.shuffle(parts)
        between = chance.choice("&&&&&&;?#")
        path = chance.choice(["/announce", "/announce", "/announce.php", "/a", "//announce", ""])
        yield f"{path}{chance.choice('????&#')}{between.join(parts)}"


def test_no_spelling_that_the_tracker_understands_passes_the_gate(tracker: Tracker):
    Allowed(tracker.whitelist, tracker.pid_file).add([KNOWN])  # nothing else is ever served
    swarm.until(lambda: b"peers" in announce(tracker.port, KNOWN))
    served = 0
    for address in spellings(seed=1):
        answer = raw(tracker.port, address)
        if b"5:peers" not in answer:
            continue
        served += 1
        try:
            named = infohashes(address)
        except BadLink:
            continue  # refused: nginx passes on only what was read for sure
        assert any(KNOWN in readings for readings in named), address
    assert served > 50  # the tracker did understand many
