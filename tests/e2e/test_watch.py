"""Watching streams, end to end: real senders, the real command line, its events."""

from __future__ import annotations

import http.server
import json
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import skimage
from tests.e2e.command import CommandLine

PICTURES = Path(skimage.__file__).parent / "data"
CODED = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-pix_fmt", "yuv420p", "-an")


def ffmpeg(*arguments: object) -> None:
    subprocess.run(["ffmpeg", "-loglevel", "error", "-y", *map(str, arguments)], check=True)


@pytest.fixture(scope="module")
def show(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds of two moving scenes, the second of a known picture, as MPEG-TS."""
    folder = tmp_path_factory.mktemp("show")
    for name, picture in (("one", "chelsea.png"), ("two", "coffee.png")):
        motion = "crop=640:360:x='t*40':y=50" if name == "one" else "pad=640:360:60:0"
        ffmpeg("-loop", 1, "-framerate", 25, "-t", 3, "-i", PICTURES / picture, "-vf",
               f"scale={'1000:-2' if name == 'one' else '520:360'},{motion}",
               *CODED, folder / f"{name}.ts")  # fmt: skip
    path = folder / "show.ts"
    path.write_bytes((folder / "one.ts").read_bytes() + (folder / "two.ts").read_bytes())
    return path


@pytest.fixture
def knowing(installed: CommandLine) -> CommandLine:
    (item,) = installed.json("hash", PICTURES / "coffee.png")
    (installed.place / "list.csv").write_text(f"id,pdq\ncoffee,{item['signals']['pdq']}\n")
    installed("lists", "import", "list.csv", "--name", "list", "--kind", "contraband")
    return installed


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def events(running: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
    for line in running.stdout:
        yield json.loads(line)


def test_standard_input_is_watched_to_its_end(knowing: CommandLine, show: Path):
    found = knowing.json("watch", "-", given=show.read_bytes(), expect=1)
    assert [item["event"] for item in found[:2]] == ["start", "connected"]
    assert found[-1] | {"time": ""} == {
        "event": "stop", "stream": "standard input", "time": "", "reason": "it ended", "count": 150,
    }  # fmt: skip
    matches = [item for item in found if item["event"] == "match"]
    assert (matches[0]["phase"], matches[-1]["phase"]) == ("begin", "end")
    assert matches[0]["verdict"]["matches"][0]["entry"] == "coffee"
    assert matches[0]["verdict"]["level"] == "near"


def test_nothing_known_is_0_and_lines_are_for_people(knowing: CommandLine, show: Path):
    done = knowing("watch", "-", given=(show.parent / "one.ts").read_bytes(), expect=0)
    lines = done.stdout.decode().splitlines()
    assert [line.split("  ")[2] for line in lines] == ["start", "connected", "stop"]


def test_several_streams_dropouts_and_a_signal(knowing: CommandLine, show: Path, tmp_path: Path):
    udp, rtmp, srt = f"udp://127.0.0.1:{free_port()}", free_port(), free_port()
    rtmp, srt = f"rtmp://127.0.0.1:{rtmp}/live/x", f"srt://127.0.0.1:{srt}"

    def send(*where: object) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["ffmpeg", "-loglevel", "quiet", "-re", "-stream_loop", "20", "-i", show,
             "-c", "copy", *map(str, where)],
        )  # fmt: skip

    def serve_rtmp() -> subprocess.Popen[bytes]:
        return send("-f", "flv", "-listen", 1, rtmp)

    senders = [
        send("-f", "mpegts", f"{udp}?pkt_size=1316"),
        send("-f", "mpegts", f"{srt}?mode=listener"),
    ]
    senders.append(serve_rtmp())
    running = knowing.start(
        "watch", "--json", udp, rtmp, srt, "--name", "udp", "--name", "rtmp", "--name", "srt"
    )
    seen: set[str] = set()
    reconnected = False
    timer = threading.Timer(100, running.kill)
    timer.start()
    for event in events(running):
        if event["event"] == "match" and event["verdict"]["level"] == "near":
            if not seen:
                senders[2].kill()  # a drop-out
                senders[2].wait()
                senders[2] = serve_rtmp()
            seen.add(event["stream"])
        reconnected |= event["event"] == "reconnect" and event["stream"] == "rtmp"
        if seen == {"udp", "rtmp", "srt"} and reconnected:
            break
    running.send_signal(signal.SIGTERM)
    rest, errors = running.communicate()
    timer.cancel()
    for sender in senders:
        sender.kill()
        sender.wait()
    assert seen == {"udp", "rtmp", "srt"}
    assert running.returncode == 1, errors.decode()
    stops = [json.loads(line) for line in rest.splitlines()]
    assert {item["stream"] for item in stops if item["event"] == "stop"} == seen


def test_hls_comes_in_segments(knowing: CommandLine, show: Path, tmp_path: Path):
    ffmpeg("-i", show, "-c", "copy", "-f", "hls", "-hls_time", 1, "-hls_list_size", 0,
           tmp_path / "a.m3u8")  # fmt: skip
    playlist = (tmp_path / "a.m3u8").read_text().replace("#EXT-X-ENDLIST\n", "")
    (tmp_path / "a.m3u8").write_text(playlist)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments, directory=str(tmp_path))

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        running = knowing.start(
            "watch", "--json", f"http://127.0.0.1:{server.server_port}/a.m3u8?token=secret"
        )
        for event in events(running):
            if event["event"] == "match":
                break
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate()
        server.shutdown()
    assert event["stream"] == f"http://127.0.0.1:{server.server_port}/a.m3u8"
    assert event["verdict"]["matches"][0]["entry"] == "coffee"
    assert running.returncode == 1, errors.decode()


def test_a_watch_that_is_killed_leaves_no_process(knowing: CommandLine, show: Path):
    running = knowing.start("watch", "--json", f"udp://127.0.0.1:{free_port()}", str(show))
    for event in events(running):
        if event["event"] == "connected":
            break
    own = [int(pid) for pid in _children(running.pid)]
    assert len(own) == 3  # a receiver and two decoders
    running.kill()
    running.communicate()
    deadline = threading.Event()
    for _ in range(100):
        if not any(_is_alive(pid) for pid in own):
            return
        deadline.wait(0.05)
    raise AssertionError("a process is left")


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
