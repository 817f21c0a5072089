"""The programs whose stores are read, run headless on loopback with every outward feature off.

Each function starts one, gives it synthetic files, waits for what it writes and ends it. Run as a
script, this makes the stores under ``tests/data/stores`` anew.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

SIZES = {"small note.txt": 1000, "two blocks.bin": 200_000, "brücke.dat": 9_728_001}
"""The synthetic files by name: below a block of AICH, above one, and above a part of ed2k."""

DATA = Path(__file__).parent.parent.parent / "data" / "stores"

WANTED = "ed2k://|file|wanted one.bin|5000000|1bee69a46ba811185c194762abaeae90|/"
"""A link with the MD4 of a sentence about a fox, which has not that many bytes."""

_LONGEST = 20.0
"""Seconds after which what a program should have written is missed."""


def content(name: str) -> bytes:
    """Return the bytes of a synthetic file."""
    size = SIZES[name]
    block = hashlib.shake_128(name.encode()).digest(min(size, 1 << 20))
    return (block * (size // len(block) + 1))[:size]


def write_files(folder: Path) -> Path:
    """Write the synthetic files, all of one time, and return the folder."""
    import os

    folder.mkdir(parents=True)
    for name in SIZES:
        (folder / name).write_bytes(content(name))
        os.utime(folder / name, (1_700_000_000, 1_700_000_000))
    return folder


def need(*programs: str) -> None:
    """Skip the test where a program is missing."""
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}")


def free_ports(count: int) -> list[int]:
    """Return ports of 127.0.0.1 that nobody listens on, TCP nor UDP."""
    held: list[socket.socket] = []
    ports: list[int] = []
    try:
        while len(ports) < count:
            tcp = socket.socket()
            held.append(tcp)
            tcp.bind(("127.0.0.1", 0))
            ports.append(tcp.getsockname()[1])
    finally:
        for one in held:
            one.close()
    return ports


@contextmanager
def running(command: Sequence[str | Path], log: Path) -> Generator[subprocess.Popen[bytes]]:
    """Run a program for as long as the block lasts."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            [str(part) for part in command], stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(what: Callable[[], object], process: subprocess.Popen[bytes] | None = None) -> None:
    """Wait until ``what`` is true; fail when it does not become so, or the program is gone."""
    end = time.monotonic() + _LONGEST
    while not what():
        if time.monotonic() > end or (process is not None and process.poll() is not None):
            raise AssertionError("the program did not write what it should have")
        time.sleep(0.1)


# -- aMule

_AMULE = """[eMule]
Nick=synthetic
Port={0}
UDPPort={1}
UDPDisable=1
ConnectToKad=0
ConnectToED2K=0
Autoconnect=0
Reconnect=0
Serverlist=0
AddServerListFromServer=0
AddServerListFromClient=0
NewVersionCheck=0
Ed2kServersUrl=
KadNodesUrl=
UPnPEnabled=0
Address=127.0.0.1
IncomingDir={3}
TempDir={4}
[ExternalConnect]
AcceptExternalConnections=1
ECAddress=127.0.0.1
ECPort={2}
ECPassword=5ebe2294ecd0e0f08eab7690d2a6ee69
UPnPECEnabled=0
"""


def amule(folder: Path, shared: Path) -> Path:
    """Have an aMule hash the files in ``shared`` and want another one; return its folder.

    There are then ``known.met``, ``known2_64.met``, ``preferences.dat``, ``temp/001.part.met``.
    """
    temp = folder / "temp"
    temp.mkdir(parents=True)
    ports = free_ports(3)
    (folder / "amule.conf").write_text(_AMULE.format(*ports, shared, temp))
    ask = ["amulecmd", "-h", "127.0.0.1", "-p", str(ports[2]), "-P", "secret", "-c"]
    with running(["amuled", "-c", folder, "-o", "-i"], folder / "log") as process:

        def told(words: str) -> str:
            return subprocess.run(
                [*ask, words], capture_output=True, text=True, check=False, timeout=10
            ).stdout

        wait_for(lambda: all(name in told("show shared") for name in SIZES), process)
        told(f"add {WANTED}")
        wait_for((temp / "001.part.met").exists, process)
        process.terminate()
        # It writes what it has hashed at its end, and may hang after that.
        wait_for(lambda: _knows_all(folder / "known.met"))
        process.kill()
    return folder


def _knows_all(known: Path) -> bool:
    data = known.read_bytes() if known.exists() else b""
    return all(name.encode() in data for name in SIZES)


# -- Transmission


def transmission(folder: Path, data: Path, torrent: Path) -> Path:
    """Have a Transmission take up ``torrent`` over ``data``; return its folder.

    There are then ``resume/*.resume`` and ``torrents/*.torrent``.
    """
    folder.mkdir(parents=True)
    rpc, peer = free_ports(2)
    settings = {
        "dht-enabled": False, "lpd-enabled": False, "pex-enabled": False, "utp-enabled": False,
        "port-forwarding-enabled": False, "blocklist-enabled": False,
        "rpc-port": rpc, "rpc-bind-address": "127.0.0.1", "rpc-authentication-required": False,
        "bind-address-ipv4": "127.0.0.1", "bind-address-ipv6": "::1", "peer-port": peer,
        "download-dir": str(data.parent),
    }  # fmt: skip
    (folder / "settings.json").write_text(json.dumps(settings))
    ask = ["transmission-remote", f"127.0.0.1:{rpc}"]

    def told(*words: str) -> str:
        done = subprocess.run(
            [*ask, *words], capture_output=True, text=True, check=False, timeout=10
        )
        return done.stdout

    with running(["transmission-daemon", "-f", "-g", folder], folder / "log") as process:
        wait_for(lambda: "success" in told("--add", str(torrent)), process)
        wait_for(lambda: "100%" in told("--list"), process)
        told("--exit")
        process.wait(_LONGEST)
    return folder


# -- qBittorrent

_QBITTORRENT = """[LegalNotice]
Accepted=true
[BitTorrent]
Session\\DHTEnabled=false
Session\\LSDEnabled=false
Session\\PeXEnabled=false
Session\\Interface=lo
Session\\InterfaceName=lo
Session\\Port={0}
[Network]
PortForwardingEnabled=false
[Preferences]
WebUI\\Address=127.0.0.1
WebUI\\Port={1}
WebUI\\LocalHostAuth=false
WebUI\\UseUPnP=false
"""


def qbittorrent(folder: Path, data: Path, torrent: Path) -> Path:
    """Have a qBittorrent take up ``torrent`` over ``data``; return its folder ``BT_backup``."""
    config = folder / "qBittorrent" / "config"
    config.mkdir(parents=True)
    port, web = free_ports(2)
    (config / "qBittorrent.conf").write_text(_QBITTORRENT.format(port, web))
    api = f"http://127.0.0.1:{web}/api/v2"

    def told(path: str, body: bytes | None = None, kind: str = "") -> str:
        headers = {"Content-Type": kind} if kind else {}
        try:
            request = urllib.request.Request(api + path, body, headers)
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            return ""

    backup = folder / "qBittorrent" / "data" / "BT_backup"
    with running(["qbittorrent-nox", f"--profile={folder}"], folder / "log") as process:
        wait_for(lambda: told("/app/version"), process)
        body, kind = _form({"savepath": str(data.parent), "tags": "synthetic"}, torrent)
        told("/torrents/add", body, kind)
        wait_for(lambda: '"progress":1,' in told("/torrents/info"), process)
        told("/app/shutdown", b"")
        process.wait(_LONGEST)
    return backup


def _form(fields: dict[str, str], torrent: Path) -> tuple[bytes, str]:
    """Return a form with a file (RFC 7578) and its media type."""
    mark = "synthetic-boundary"
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = 'Content-Disposition: form-data; name="torrents"; filename="t.torrent"'
    parts.append(f"--{mark}\r\n{head}\r\n\r\n".encode() + torrent.read_bytes() + b"\r\n")
    return b"".join(parts) + f"--{mark}--\r\n".encode(), f"multipart/form-data; boundary={mark}"


def make_torrent(torrent: Path, data: Path) -> Path:
    """Have Transmission make a torrent of version 1 over ``data``, in pieces of 64 KiB."""
    command = ["transmission-create", "-o", torrent, "-s", "64", data]
    subprocess.run([str(part) for part in command], check=True, capture_output=True, timeout=30)
    return torrent


def _make_data(work: Path) -> None:
    shared = write_files(work / "shared")
    torrent = make_torrent(work / "shared.torrent", shared)
    DATA.mkdir(parents=True, exist_ok=True)
    home = amule(work / "amule", shared)
    for name in ("known.met", "known2_64.met", "preferences.dat", "temp/001.part.met"):
        shutil.copy(home / name, DATA)
    (resume,) = (transmission(work / "transmission", shared, torrent) / "resume").iterdir()
    shutil.copy(resume, DATA)
    (fast,) = qbittorrent(work / "qbittorrent", shared, torrent).glob("*.fastresume")
    shutil.copy(fast, DATA)
    shutil.copy(torrent, DATA)


if __name__ == "__main__":
    _make_data(Path(sys.argv[1]))
