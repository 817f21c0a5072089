"""What the client costs: beside bare httpx, on a server that takes everything and answers at once.

Run ``python benchmarks/client.py`` or ``--quick``. Small uploads are calls in turns on one
connection, a key, an idempotency key and a parsed `Screened` each; httpx posts the same bytes and
parses JSON. Both are counted in seconds of this process's CPU. Large ones are a file of 256 MiB; the bound is httpx sending the open file. How much
memory an endless iterator takes is the growth of the largest resident set of a process of its own.
A plug-in's comparison is made in its locked-down process; the bound is the same loop here.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from tidebreak.client import Client
from tidebreak.plugins.process import PluginProcess
from tidebreak.settings import Settings

RESULTS = Path(__file__).with_name("results") / "client.json"
KEY = "tb_bench_secret"
MIB = 1 << 20

SERVER = """
import json, sys, uvicorn
part = {"member": "", "size": 5, "content": "image/jpeg", "state": "clear", "signals": [],
        "verdict": {"level": "none", "matches": [], "omitted": 0}, "reason": "", "note": ""}
body = json.dumps({"id": "x", "at": "2026-01-01T00:00:00Z", "state": "clear", "level": "none",
    "origin": {"surface": "public", "jurisdiction": "", "item": "", "client": "c"},
    "decision": {"action": "allow", "rule": "", "why": "", "legal_basis": "", "policy": "",
    "holds": []}, "parts": [part], "version": "1", "sandbox": 4}).encode()
async def app(scope, receive, send):
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200,
                "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": body})
uvicorn.run(app, port=int(sys.argv[1]), log_level="error", lifespan="off", http="httptools")
"""

ENDLESS = """
import re, sys
from tidebreak.client import Client, Patience
def most():  # of this program alone: what rusage tells includes what started it
    return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
before = most()
block = bytes(1 << 20)
with Client(sys.argv[1], "k", patience=Patience(deadline=300)) as client:
    client.screen(block for _ in range(int(sys.argv[2])))
print(most() - before)
"""

PLUGIN = """
from threatexchange.content_type.text import TextContent
from threatexchange.extensions.manifest import ThreatExchangeExtensionManifest
from threatexchange.signal_type.signal_base import SimpleSignalType
class Equal(SimpleSignalType):
    get_name = classmethod(lambda cls: "equal")
    get_content_types = classmethod(lambda cls: [TextContent])
    get_index_cls = classmethod(lambda cls: None)
    get_examples = staticmethod(lambda: [])
TX_MANIFEST = ThreatExchangeExtensionManifest(signal_types=(Equal,))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer turns")
    turns = 3 if parser.parse_args().quick else 7
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        port = free_port()
        command = [sys.executable, "-c", SERVER, str(port)]
        with subprocess.Popen(command) as server:
            try:
                while socket.socket().connect_ex(("127.0.0.1", port)):
                    time.sleep(0.05)
                report = uploads(f"http://127.0.0.1:{port}", folder, turns)
            finally:
                server.terminate()
        report |= starts() | plugins(folder)
    print(json.dumps(report, indent=1))
    RESULTS.write_text(json.dumps(report, indent=1) + "\n")


def uploads(url: str, folder: Path, turns: int) -> dict[str, object]:
    small, large = os.urandom(64 << 10), folder / "large"
    large.write_bytes(os.urandom(MIB) * 256)
    with Client(url, KEY) as client, httpx.Client(base_url=url, trust_env=False) as bare:

        def post(content: object) -> None:
            bare.post("/v1/screen", content=content, timeout=60).json()  # type: ignore[arg-type]

        def post_file() -> None:
            with large.open("rb") as file:
                post(file)

        calls = in_turns(turns, 200, lambda: client.screen(small), lambda: post(small))
        sends = in_turns(turns, 1, lambda: client.screen(large), post_file)
    grown = subprocess.run(
        [sys.executable, "-c", ENDLESS, url, "1024"], capture_output=True, text=True, check=True
    )
    return {
        "uploads of 64 KiB per second of CPU": calls,
        "MiB per second of CPU, a file of 256 MiB": {
            name: round(256 * value, 2) if "ratio" not in name else value
            for name, value in sends.items()
        },
        "MiB of memory more while 1 GiB is streamed": round(int(grown.stdout) / 1024, 1),
    }


def in_turns(
    turns: int, count: int, ours: Callable[[], object], peer: Callable[[], object]
) -> dict[str, float]:
    rates: dict[str, list[float]] = {"client": [], "httpx": []}
    for do in (ours, peer):
        do()
    for _ in range(turns):
        for name, do in (("client", ours), ("httpx", peer)):
            began = time.process_time()
            for _ in range(count):
                do()
            rates[name].append(count / (time.process_time() - began))
    ratios = [a / b for a, b in zip(rates["client"], rates["httpx"], strict=True)]
    return {
        **{name: round(statistics.median(values), 2) for name, values in rates.items()},
        "ratio_min": round(min(ratios), 2),
        "ratio_median": round(statistics.median(ratios), 2),
        "ratio_max": round(max(ratios), 2),
    }


def starts() -> dict[str, object]:
    """How long importing takes, in ms, the quickest of five."""

    def quickest(code: str) -> int:
        took = []
        for _ in range(5):
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            took.append(time.perf_counter() - began)
        return round(1000 * min(took))

    modules = ("tidebreak.client", "httpx", "tidebreak.installation")
    return {"ms to start Python and import": {m: quickest(f"import {m}") for m in modules}}


def plugins(folder: Path) -> dict[str, object]:
    (folder / "bench_plugin.py").write_text(PLUGIN)
    sys.path.insert(0, str(folder))
    known = [f"{number:064x}" for number in range(100_000)]
    began = time.perf_counter()
    with PluginProcess("bench_plugin", Settings()) as process:
        started = time.perf_counter() - began
        process.know(0, known)
        import bench_plugin  # pyright: ignore[reportMissingImports]

        compare = bench_plugin.Equal.compare_hash

        def here() -> int:
            return sum(compare(one, known[50]).match for one in known)

        assert [hit.place for hit in process.match(0, known[50])] == [50]
        isolated, plain = [], []
        for _ in range(5):
            for rates, do in ((isolated, lambda: process.match(0, known[50])), (plain, here)):
                began = time.perf_counter()
                do()
                rates.append(1 / (time.perf_counter() - began))
    ratios = [a / b for a, b in zip(isolated, plain, strict=True)]
    return {
        "plug-in: ms to start its process": round(1000 * started),
        "plug-in: look-ups a second among 100,000": {
            "isolated": round(statistics.median(isolated), 1),
            "here": round(statistics.median(plain), 1),
            "ratio_median": round(statistics.median(ratios), 2),
        },
    }


def free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return line.getsockname()[1]


if __name__ == "__main__":
    main()
