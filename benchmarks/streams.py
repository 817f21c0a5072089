"""Live streams: from the wall-clock moment at which a picture is sent to the event that names it.

Run ``python benchmarks/streams.py`` (or ``--quick``; ``--minutes`` for a longer watch). A show of moving
scenes is sent over MPEG-TS/UDP on loopback, packet by packet as its clock demands; one scene is a
known video, one a known still picture with bars. For each showing: seconds from sending the first
packet of the scene to the first event that names it, and to the first that is *near*.

Then what a stream costs: CPU time of all processes of a watch, per second of stream, at 720p and
1080p; and how long a stream that was cut takes from the sender's return to the next picture. There is
no peer to compare with.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
import skimage
from PIL import Image

from tidebreak.hashing.frames import FrameSequence
from tidebreak.hashing.pdq import pdq_rgb
from tidebreak.installation import Tidebreak
from tidebreak.lists.vpdq_frames import to_text
from tidebreak.media.video import hash_video
from tidebreak.model import ListKind
from tidebreak.settings import Limits
from tidebreak.watch.events import Event
from tidebreak.watch.run import Watch

RESULTS = Path(__file__).with_name("results") / "streams.json"
PICTURES = Path(skimage.__file__).parent / "data"
CODED = ("-c:v", "libx264", "-preset", "veryfast", "-threads", "1", "-g", "50", "-bf", "2",
         "-pix_fmt", "yuv420p", "-r", "25", "-an")  # fmt: skip
SCENES = (("other", 6), ("video", 8), ("test", 6), ("still", 4), ("life", 6))
SIZES = {"720p": (1280, 720), "1080p": (1920, 1080)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round, one size")
    parser.add_argument("--minutes", type=float, default=5.0)
    given = parser.parse_args()
    sizes = ["720p"] if given.quick else list(SIZES)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        shows = {size: make_show(place, *SIZES[size]) for size in sizes}
        with knowing(place, shows["720p"].with_name("video.ts")) as installation:
            seconds = 32.0 if given.quick else 60 * given.minutes
            found = {
                "latency": latency(installation, shows["720p"], seconds),
                "cost": {size: cost(installation, shows[size]) for size in sizes},
                "reconnect": reconnect(installation, shows["720p"], 2 if given.quick else 6),
            }
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found, indent=1))


def make_show(place: Path, width: int, height: int) -> Path:
    folder = place / f"{height}"
    folder.mkdir()
    wide = int(width * 1.8)
    sources = {
        "other": pan("chelsea.png", wide, width, height),
        "video": pan("astronaut.png", wide, width, height),
        "test": ("-f", "lavfi", "-i", f"testsrc2=size={width}x{height}:rate=25"),
        "still": ("-loop", "1", "-framerate", "25", "-i", PICTURES / "coffee.png", "-vf",
                  f"scale=-2:{height},pad={width}:{height}:(ow-iw)/2:0,setsar=1"),
        "life": ("-f", "lavfi", "-i", f"mandelbrot=size={width}x{height}:rate=25"),
    }  # fmt: skip
    for name, seconds in SCENES:
        ffmpeg(*sources[name], "-t", seconds, *CODED, folder / f"{name}.ts")
    listed = "".join(f"file {name}.ts\n" for name, _ in SCENES)
    (folder / "list.txt").write_text(listed)
    ffmpeg("-f", "concat", "-i", folder / "list.txt", "-c", "copy", folder / "show.mp4")
    return folder / "show.mp4"


def pan(picture: str, wide: int, width: int, height: int) -> tuple[object, ...]:
    motion = f"scale={wide}:-2,crop={width}:{height}:x='t*{width // 20}':y='t*{height // 30}'"
    return ("-loop", "1", "-framerate", "25", "-i", PICTURES / picture, "-vf", f"{motion},setsar=1")


def ffmpeg(*arguments: object) -> None:
    subprocess.run(["ffmpeg", "-loglevel", "error", "-y", *map(str, arguments)], check=True)


def knowing(place: Path, clip: Path) -> Tidebreak:
    installation = Tidebreak.create(place / "home", place / "key")
    with clip.open("rb") as file:
        found = hash_video(file, Limits(), effort="every", beat=lambda: None)
    (place / "video.vpdq").write_text(to_text(FrameSequence.unpack(found.sequence)))
    still = pdq_rgb(np.asarray(Image.open(PICTURES / "coffee.png").convert("RGB")))
    (place / "still.csv").write_text(f"id,pdq\nstill,{still.value.hex()}\n")
    for name in ("video.vpdq", "still.csv"):
        installation.import_list(place / name, name=name, kind=ListKind.CONTRABAND)
    return installation


@dataclass
class Sender(threading.Thread):
    """Sends a show over and over, and remembers when each scene began."""

    show: Path
    port: int
    seconds: float
    began: list[tuple[str, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        """Send."""
        starts = np.cumsum([0, *(seconds for _, seconds in SCENES)])
        scenes = [(float(start), name) for start, (name, _) in zip(starts, SCENES, strict=False)]
        epoch, shift = time.time(), 0.0
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire,
            av.open(Datagrams(wire, self.port), "w", format="mpegts") as output,
        ):
            copy = None
            while time.time() - epoch < self.seconds:
                coming = list(scenes)
                with av.open(str(self.show)) as show:
                    video = show.streams.video[0]
                    copy = copy or output.add_stream_from_template(video)
                    for packet in show.demux(video):
                        if not packet.size:
                            continue
                        at = float(packet.dts * packet.time_base) + shift
                        time.sleep(max(0.0, epoch + at - time.time()))
                        if coming and float(packet.pts * packet.time_base) >= coming[0][0] - 1e-3:
                            self.began.append((coming.pop(0)[1], time.time()))
                        offset = int(shift / packet.time_base)
                        packet.pts, packet.dts = packet.pts + offset, packet.dts + offset
                        packet.stream = copy
                        output.mux(packet)
                shift += float(starts[-1])


class Datagrams:
    """What a muxer writes to: the bytes leave as datagrams."""

    name = ""

    def __init__(self, wire: socket.socket, port: int) -> None:
        self._wire, self._place = wire, ("127.0.0.1", port)

    def write(self, data: bytes) -> int:
        """Send ``data``."""
        view = memoryview(data)
        for start in range(0, len(view), 1316):
            self._wire.sendto(view[start : start + 1316], self._place)
        return len(view)


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def latency(installation: Tidebreak, show: Path, seconds: float) -> dict[str, object]:
    port = free_port()
    sender = Sender(show, port, seconds)
    watch = installation.watch([f"udp://127.0.0.1:{port}"])
    threading.Timer(6, sender.start).start()
    threading.Timer(seconds + 14, watch.stop).start()
    events = list(watch)
    return {
        **{name: told(sender, events, name, scene)
           for name, scene in (("video.vpdq", "video"), ("still.csv", "still"))},
        "not_examined": [f"{e.start}-{e.end}: {e.reason}" for e in events
                         if e.kind.value == "not examined" and e.end],
        "reduced": sum(e.kind.value == "reduced" for e in events),
        "load": os.getloadavg()[0],
    }  # fmt: skip


def told(sender: Sender, events: list[Event], name: str, scene: str) -> dict[str, object]:
    named = [e for e in events if e.found and e.verdict.matches[0].list == name]
    begun = [(e.time.timestamp(), False) for e in named if e.phase.value == "begin"]
    near = [e.time.timestamp() for e in named
            if e.phase.value != "end" and e.verdict.level.value == "near"]  # fmt: skip
    showings = [at for shown, at in sender.began if shown == scene]
    first = [next((at for at, _ in begun if at >= start), None) for start in showings]
    sure = [next((at for at in near if at >= start), None) for start in showings]
    return {
        "showings": len(showings),
        "first_event_s": spread(first, showings),
        "near_s": spread(sure, showings),
        "false": len(begun) - len({at for at in first if at}),
    }


def spread(events: list[float | None], showings: list[float]) -> dict[str, float]:
    late = [a - b for a, b in zip(events, showings, strict=True) if a is not None and a - b < 20]
    if not late:
        return {"missed": len(showings)}
    numbers = {"min": min(late), "median": statistics.median(late), "max": max(late)}
    return {"missed": len(showings) - len(late)} | {k: round(v, 2) for k, v in numbers.items()}


def cost(installation: Tidebreak, show: Path) -> dict[str, float]:
    """CPU seconds of every process of a watch per second of stream."""
    port, seconds = free_port(), 30.0
    sender = Sender(show, port, seconds - 1)
    watch = installation.watch([f"udp://127.0.0.1:{port}"])
    used: dict[str, float] = {}

    def measure() -> None:
        before = own_children()
        sender.start()
        time.sleep(seconds)
        after = own_children()
        used.update({name: after[name] - before.get(name, 0.0) for name in after})
        watch.stop()

    threading.Timer(8, measure).start()
    pictures = next(event.count for event in watch if event.kind.value == "stop")
    if not used.get("decoder"):
        raise SystemExit("the stream was not decoded")
    decoder, receiver = used.get("decoder", 0.0) / seconds, used.get("receiver", 0.0) / seconds
    return {
        "decoder_cpu": round(decoder, 3),
        "receiver_cpu": round(receiver, 3),
        "streams_per_core": round(1 / (decoder + receiver), 1),
        "pictures_per_s": round(pictures / (seconds - 1), 1),
    }


def own_children() -> dict[str, float]:
    ticks = os.sysconf("SC_CLK_TCK")
    found: dict[str, float] = {}
    for task in Path("/proc/self/task").iterdir():
        for pid in (task / "children").read_text().split():
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
            kind = next((k for k in ("decoder", "receiver") if k.encode() in words), "other")
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            found[kind] = found.get(kind, 0.0) + (int(fields[11]) + int(fields[12])) / ticks
    return found


def reconnect(installation: Tidebreak, show: Path, times: int) -> dict[str, object]:
    """Seconds from the return of an HTTP sender to the next picture."""
    port = free_port()

    def serve() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["ffmpeg", "-loglevel", "quiet", "-re", "-i", show, "-c", "copy", "-f", "mpegts",
             "-listen", "1", f"http://127.0.0.1:{port}/a.ts"],
        )  # fmt: skip

    watch: Watch = installation.watch([f"http://127.0.0.1:{port}/a.ts"])
    sender, back, took = serve(), 0.0, []
    for event in watch:
        if event.kind.value == "connected":
            if back:
                took.append(time.time() - back)
            if len(took) == times:
                watch.stop()
                continue
            time.sleep(1)
            sender.kill()
            sender.wait()
            sender, back = serve(), time.time()
    sender.kill()
    sender.wait()
    return {"times": times, "s": spread(list(took), [0.0] * len(took))}


if __name__ == "__main__":
    main()
