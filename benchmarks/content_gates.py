"""What a content gate costs by itself: protocol and spool, without any screening.

Run ``python benchmarks/content_gates.py`` or ``--quick``. Needs c-icap and nginx. Whoever screens
here says at once that everything is clear, so that what is measured is the gate:

- ICAP: one response of 100 kB, judged, against c-icap's echo service, which answers unseen;
- nginx: one upload of 1 MB that goes on to the application, against the same nginx without a gate;
- clamd: one stream of 100 kB, against a bare server that reads the same bytes.

One client on one connection at a time, in turns; ratios are between medians of each turn. Then
400 MB (``--quick``: 100) go through each gate, and the peak of the process's memory is looked at.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

RESULTS = Path(__file__).with_name("results") / "content_gates.json"
ROOT = Path(__file__).parent.parent
BODY = random.Random(1).randbytes(100_000)
UPLOAD = random.Random(2).randbytes(1_000_000)
SERVER = """
import asyncio, sys
from pathlib import Path
from tidebreak.gates.content import Place
from tidebreak.gates.content_start import start
from tidebreak.model import Level, State
from tidebreak.screens import Action, Decision, Screened

class Clear:
    async def screen(self, content, origin):
        made = Decision(Action.ALLOW, "all", "all is clear here")
        return Screened("1", "", origin, State.CLEAR, Level.NONE, made, (), "1")

async def bare(reader, writer):
    await reader.readuntil(b"\\0")
    while size := int.from_bytes(await reader.readexactly(4)):
        await reader.readexactly(size)
    writer.write(b"stream: OK\\0")
    await writer.drain()
    writer.close()

async def main():
    ports = [int(each) for each in sys.argv[2:]]
    for kind, port in zip(("icap", "hooks", "clamd"), ports):
        values = {"listen": f"127.0.0.1:{port}", "on_failure": "closed"}
        await start(kind, values, Clear(), Place(Path(sys.argv[1])))
    await asyncio.start_server(bare, "127.0.0.1", ports[3], limit=1 << 20)
    await asyncio.Event().wait()

asyncio.run(main())
"""
Once = Callable[[int], None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer turns")
    times, turns, large = (30, 3, 100) if parser.parse_args().quick else (150, 9, 400)
    names = ("icap", "hooks", "clamd", "bare", "c-icap", "plain", "gated", "application")
    ports = {name: free_port() for name in names}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        processes = started(folder, ports)
        try:
            report: dict[str, object] = {
                "ICAP, 100 kB": compared(icap, ports["icap"], ports["c-icap"], times, turns),
                "nginx, 1 MB": compared(upload, ports["gated"], ports["plain"], times, turns),
                "clamd, 100 kB": compared(clamd, ports["clamd"], ports["bare"], times, turns),
            }
            report |= memory(processes[0].pid, ports, large)
        finally:
            for process in processes:
                process.terminate()
                process.wait()
    print(json.dumps(report, indent=1))
    RESULTS.write_text(json.dumps(report, indent=1) + "\n")


def compared(once: Once, gate: int, peer: int, times: int, turns: int) -> dict[str, float]:
    """Milliseconds at the gate and at its peer, in turns, and their ratio."""
    took: dict[int, list[float]] = {gate: [], peer: []}
    ratios = []
    for port in took:
        once(port)
    for _ in range(turns):
        medians = {}
        for port, all_of in took.items():
            turn = []
            for _ in range(times):
                began = time.perf_counter()
                once(port)
                turn.append(1000 * (time.perf_counter() - began))
            medians[port] = statistics.median(turn)
            all_of += turn
        ratios.append(medians[gate] / medians[peer])
    return {
        "milliseconds": round(statistics.median(took[gate]), 3),
        "p99": round(statistics.quantiles(took[gate], n=100)[98], 3),
        "peer_milliseconds": round(statistics.median(took[peer]), 3),
        "ratio_min": round(min(ratios), 2),
        "ratio_median": round(statistics.median(ratios), 2),
        "ratio_max": round(max(ratios), 2),
    }


def memory(process: int, ports: dict[str, int], count: int) -> dict[str, object]:
    """Send ``count`` MiB through each gate; return the peak of memory before and after, in MiB."""

    def peak() -> int:
        status = Path(f"/proc/{process}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) >> 10

    piece = bytes(1 << 20)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n"
    ways = {
        "icap": (b"RESPMOD icap://h/x ICAP/1.0\r\nConnection: close\r\nEncapsulated: res-hdr=0,"
                 b" res-body=%d\r\n\r\n%b" % (len(head), head),
                 b"%x\r\n%b\r\n" % (len(piece), piece), b"0\r\n\r\n"),
        "clamd": (b"zINSTREAM\0", len(piece).to_bytes(4) + piece, bytes(4)),
        "hooks": (b"POST /check HTTP/1.0\r\nContent-Length: %d\r\n\r\n" % (count << 20), piece, b""),
    }  # fmt: skip
    before, seconds = peak(), {}
    for name, (first, each, last) in ways.items():
        began = time.perf_counter()
        with socket.create_connection(("127.0.0.1", ports[name]), 60) as line:
            line.sendall(first)
            for _ in range(count):
                line.sendall(each)
            line.sendall(last)
            while line.recv(1 << 20):
                pass
        seconds[name] = round(time.perf_counter() - began, 1)
    return {f"peak MiB before and after {count} MiB each": [before, peak()], "seconds": seconds}


def icap(port: int) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n"
    sent = (
        f"RESPMOD icap://127.0.0.1/echo ICAP/1.0\r\nHost: h\r\nAllow: 204\r\nConnection: close\r\n"
        f"Encapsulated: res-hdr=0, res-body={len(head)}\r\n\r\n"
    ).encode() + head
    reply = asked(port, sent + b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY))
    assert reply.startswith((b"ICAP/1.0 204", b"ICAP/1.0 200")), reply[:100]


def clamd(port: int) -> None:
    sent = b"zINSTREAM\0" + len(BODY).to_bytes(4) + BODY + bytes(4)
    assert asked(port, sent) == b"stream: OK\0"


def upload(port: int) -> None:
    sent = f"POST /upload HTTP/1.0\r\nHost: h\r\nContent-Length: {len(UPLOAD)}\r\n\r\n".encode()
    assert b" 204 " in asked(port, sent + UPLOAD).split(b"\r\n")[0]


def asked(port: int, sent: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), 10) as line:
        line.sendall(sent)
        return b"".join(iter(lambda: line.recv(1 << 18), b""))


def started(folder: Path, ports: dict[str, int]) -> list[subprocess.Popen[bytes]]:
    [modules] = Path("/usr/lib").glob("*/c_icap") or [Path()]
    (folder / "c-icap.conf").write_text(
        f"PidFile {folder}/c-icap.pid\nCommandsSocket {folder}/c-icap.ctl\n"
        f"Port 127.0.0.1:{ports['c-icap']}\nTmpDir {folder}\nModulesDir {modules}\n"
        f"ServicesDir {modules}\nServerLog {folder}/c-icap.log\nAccessLog /dev/null\n"
        "StartServers 1\nMaxServers 1\nThreadsPerChild 8\nService echo srv_echo.so\n"
    )
    page = (ROOT / "docs" / "content-gates.md").read_text()
    [shown] = re.findall(r"```nginx\n(.*?)```", page, re.DOTALL)
    for there, here in (("8080", f"127.0.0.1:{ports['gated']}"), ("9000", ports["application"]),
                        ("8398", ports["hooks"])):  # fmt: skip
        shown = shown.replace(there, str(here))
    places = "".join(f"{kind}_temp_path {kind};" for kind in ("client_body", "proxy", "fastcgi",
                                                              "uwsgi", "scgi"))  # fmt: skip
    (folder / "nginx.conf").write_text(
        f"daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/errors;\n"
        f"events {{}}\nhttp {{ access_log off; client_max_body_size 10m; {places}\n{shown}\n"
        f"server {{ listen 127.0.0.1:{ports['plain']}; location / {{\n"
        f"proxy_pass http://127.0.0.1:{ports['application']}; }} }}\n"
        f"server {{ listen 127.0.0.1:{ports['application']}; return 204; }}\n}}\n"
    )
    order = [str(ports[name]) for name in ("icap", "hooks", "clamd", "bare")]
    commands = [
        [sys.executable, "-c", SERVER, str(folder / "spool"), *order],
        [program("c-icap"), "-N", "-f", str(folder / "c-icap.conf")],
        [program("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf")],
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    processes = [subprocess.Popen(each, cwd=folder, env=environment, **quiet) for each in commands]
    for name, port in ports.items():
        end = time.monotonic() + 30
        while socket.socket().connect_ex(("127.0.0.1", port)):
            assert time.monotonic() < end, f"{name} does not start"
            time.sleep(0.05)
    return processes


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None:
        sys.exit(f"needs {name}")
    return found


if __name__ == "__main__":
    main()
