"""From the bytes of a 1080p video to its frame hashes: Tidebreak against vpdq, one core.

Run ``python benchmarks/video.py FILE…`` or, without a file, on clips that ffmpeg makes first from
photographs that ship with scikit-image: a hand-held camera, at a usual and at a high bit rate, with
keyframes every 250 and every 12 frames (``--quick``: one clip, once). vpdq has no wheel and
needs FFmpeg's headers to build: give ``--vpdq PYTHON``, the interpreter of an environment that has
it. Each is measured in turn, in seconds of processor time, decoding and hashing on one thread.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import skimage.data
from PIL import Image

from tidebreak import kernels
from tidebreak.hashing.frames import Area, FrameSequence
from tidebreak.media.video import Effort, hash_video
from tidebreak.settings import Limits

RESULTS = Path(__file__).with_name("results") / "video.json"
PHOTOGRAPHS = ("coffee", "rocket")
EFFORTS: tuple[Effort, ...] = ("keyframes", "dense", "every")
PEERS = {"vpdq, one a second": 1.0, "vpdq, every frame": 0.0}
RATIOS = (
    ("dense against one a second", "vpdq, one a second", "dense"),
    ("every frame against every frame", "vpdq, every frame", "every"),
    ("keyframes against one a second", "vpdq, one a second", "keyframes"),
)
ASK = """
import sys, time, vpdq
begun = time.process_time()
found = vpdq.computeHash(sys.argv[1], seconds_per_hash=float(sys.argv[2]), thread_count=1)
print(time.process_time() - begun, len(found))
"""


@dataclass(frozen=True)
class Clip:
    """A clip to be made: keyframes every ``keyframes`` frames, film grain of ``noise`` levels."""

    name: str
    keyframes: int
    noise: int


CLIPS = (
    Clip("usual", 250, 2),
    Clip("short groups", 12, 2),
    Clip("high bit rate", 250, 8),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--quick", action="store_true", help="one clip, measured once")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured")
    parser.add_argument("--vpdq", help="a Python that has vpdq")
    wanted = parser.parse_args()
    kernels.warm()
    rounds = 1 if wanted.quick else wanted.rounds
    with tempfile.TemporaryDirectory() as folder:
        files = {path.name: path for path in wanted.files} or made(Path(folder), quick=wanted.quick)
        table = {name: measured(path, rounds, wanted.vpdq) for name, path in files.items()}
    print_table(table)
    if not wanted.quick and not wanted.files:
        RESULTS.write_text(json.dumps(table, indent=1) + "\n")


def made(folder: Path, *, quick: bool) -> dict[str, Path]:
    """Make the clips; a window wanders and shakes over photographs, 5 s each."""
    files: dict[str, Path] = {}
    for clip in CLIPS[: 1 if quick else None]:
        parts = [_part(folder, clip, number) for number in range(len(PHOTOGRAPHS))]
        (folder / "list.txt").write_text("".join(f"file '{part}'\n" for part in parts))
        files[clip.name] = folder / f"{clip.name}.mp4"
        _ffmpeg(
            "-f", "concat", "-safe", "0", "-i", folder / "list.txt", "-c", "copy", files[clip.name]
        )
    return files


def _part(folder: Path, clip: Clip, number: int) -> Path:
    picture, part = folder / f"{number}.png", folder / f"{clip.name}-{number}.mp4"
    Image.fromarray(getattr(skimage.data, PHOTOGRAPHS[number])()).resize((2560, 1440)).save(picture)
    x = f"320+300*sin(t*0.9+{number})+8*sin(t*7)"
    view = f"crop=1920:1080:x='{x}':y='180+150*sin(t*0.7)+6*sin(t*9)'"
    filters = f"{view},noise=alls={clip.noise}:allf=t,format=yuv420p"
    _ffmpeg(
        *("-loop", 1, "-framerate", 30, "-t", 5, "-i", picture, "-vf", filters),
        *("-c:v", "libx264", "-preset", "medium", "-crf", 24, "-g", clip.keyframes, part),
    )
    return part


def _ffmpeg(*arguments: object) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, arguments)], check=True)


def measured(path: Path, rounds: int, peer: str | None) -> dict[str, object]:
    """Measure all in turn; return seconds, hashes and ratios (least, median, greatest)."""
    seconds: dict[str, list[float]] = {}
    hashes: dict[str, int] = {}
    length = 0.0
    for _ in range(rounds):
        for effort in EFFORTS:
            spent, hashes[effort], length = ours(path, effort)
            seconds.setdefault(effort, []).append(spent)
        for name, gap in PEERS.items() if peer else ():
            told = subprocess.run(
                [str(peer), "-c", ASK, str(path), str(gap)],
                capture_output=True,
                check=True,
                text=True,
            ).stdout.split()
            seconds.setdefault(name, []).append(float(told[-2]))
            hashes[name] = int(told[-1])
    row: dict[str, object] = {"seconds of video": length, "bytes": path.stat().st_size}
    for name, all_spent in seconds.items():
        spent = median(all_spent)
        row[name] = {"seconds": spent, "times real time": length / spent, "hashes": hashes[name]}
    for name, theirs, mine in RATIOS:
        if theirs in seconds:
            ratios = [t / m for t, m in zip(seconds[theirs], seconds[mine], strict=True)]
            row[name] = [min(ratios), median(ratios), max(ratios)]
    return row


def ours(path: Path, effort: Effort) -> tuple[float, int, float]:
    """Return seconds of processor time, hashes of full frames, and seconds of video."""
    with path.open("rb") as file:
        begun = time.process_time()
        found = hash_video(file, Limits(), effort=effort, beat=lambda: None)
        spent = time.process_time() - begun
    kept = len(FrameSequence.unpack(found.sequence).track(Area.FULL))
    return spent, kept, found.duration_ms / 1000


def print_table(table: dict[str, dict[str, object]]) -> None:
    for name, row in table.items():
        print(f"{name}: {row['seconds of video']:.0f} s, {row['bytes']:,} bytes")
        for what, value in row.items():
            if isinstance(value, dict):
                print(
                    f"  {what:24} {value['seconds']:7.2f} s  {value['times real time']:7.1f} x  {value['hashes']} hashes"
                )
            elif isinstance(value, list):
                print(f"  {what:36} {value[0]:.1f} / {value[1]:.1f} / {value[2]:.1f} times")


if __name__ == "__main__":
    main()
