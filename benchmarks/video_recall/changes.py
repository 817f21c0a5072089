"""What people do to clips, as ffmpeg filters, each with where the known clip then lies."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from clips import FFMPEG

Range = tuple[float, float, float, float]
"""Seconds: start and end in the file, start and end in the known clip."""

_OUT = ("-an", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "veryfast")
_EVEN = "scale=trunc(iw/2)*2:trunc(ih/2)*2"


@dataclass(frozen=True)
class Change:
    """A filter graph over the clip (input 0) and others (inputs 1 to ``others``)."""

    name: str
    graph: Callable[[float], str]
    truth: Callable[[float, Sequence[float]], tuple[Range, ...]]
    options: tuple[str, ...] = ("-crf", "26")
    others: int = 0

    def make(self, clip: Path, seconds: float, others: Sequence[Path], to: Path) -> Path:
        """Encode the changed clip as ``to`` unless it is there."""
        if not to.exists():
            partial = to.with_suffix(".part.mp4")
            inputs = [word for path in (clip, *others[: self.others]) for word in ("-i", str(path))]
            graph = ["-filter_complex", self.graph(seconds), "-map", "[out]"]
            subprocess.run(
                [*FFMPEG, *inputs, *graph, *_OUT, *self.options, str(partial)], check=True
            )
            partial.rename(to)
        return to


def _all(seconds: float, others: Sequence[float]) -> tuple[Range, ...]:
    return ((0.0, seconds, 0.0, seconds),)


def _simple(name: str, filters: str, *options: str) -> Change:
    return Change(
        name, lambda _: f"[0]{filters},{_EVEN},setsar=1[out]", _all, options or ("-crf", "26")
    )


def _speed(factor: float) -> Change:
    return Change(
        f"speed {factor}",
        lambda _: f"[0]setpts=PTS/{factor},fps=25[out]",
        lambda seconds, _: ((0.0, seconds / factor, 0.0, seconds),),
    )


def _kept(name: str, parts: Sequence[tuple[float, float]]) -> Change:
    """Only some parts stay, given as shares of the clip."""

    def graph(seconds: float) -> str:
        kept = "+".join(f"between(t,{a * seconds:.3f},{b * seconds:.3f})" for a, b in parts)
        return f"[0]select='{kept}',setpts=N/FRAME_RATE/TB[out]"

    def truth(seconds: float, _: Sequence[float]) -> tuple[Range, ...]:
        ranges: list[Range] = []
        place = 0.0
        for start, end in parts:
            length = (end - start) * seconds
            ranges.append((place, place + length, start * seconds, end * seconds))
            place += length
        return tuple(ranges)

    return Change(name, graph, truth)


def _fit(number: int, width: int = 640, height: int = 360) -> str:
    return (
        f"[{number}]scale={width}:{height}:force_original_aspect_ratio=decrease,"
        f"pad={width}:{height}:(ow-iw)/2:(oh-ih)/2,setsar=1,fps=25"
    )


def _one_of_five(seconds: float) -> str:
    parts = "".join(f"{_fit(number)}[p{number}];" for number in range(5))
    return f"{parts}[p1][p2][p0][p3][p4]concat=n=5:v=1[out]"


def _in_the_middle(seconds: float, others: Sequence[float]) -> tuple[Range, ...]:
    start = others[0] + others[1]
    return ((start, start + seconds, 0.0, seconds),)


def _beside(seconds: float) -> str:
    """Five at once: three above, two below."""
    sizes = ((320, 180),) * 3 + ((480, 270),) * 2
    order = (1, 0, 2, 3, 4)
    parts = "".join(
        f"{_fit(number, *size)},tpad=stop_mode=clone:stop_duration=12,trim=0:{seconds:.2f}[p{number}];"
        for number, size in zip(order, sizes, strict=True)
    )
    return f"{parts}[p1][p0][p2]hstack=3[a];[p3][p4]hstack=2[b];[a][b]vstack=2[out]"


def _pair(seconds: float) -> str:
    return (
        f"{_fit(0)}[a];{_fit(1)},tpad=stop_mode=clone:stop_duration=12,trim=0:{seconds:.2f}[b];"
        "[a][b]hstack=2[out]"
    )


CAPTION = "drawbox=y=ih*0.82:h=ih*0.15:color=black:t=fill,drawtext=text='somebody wrote this':fontcolor=white:fontsize=h/12:x=(w-tw)/2:y=h*0.86"

CHANGES = (
    _simple("re-encoded", "null", "-crf", "36"),
    _simple("half size", "scale=iw/2:ih/2"),
    _simple("letterbox", "scale=360:-2,pad=360:640:0:(oh-ih)/2"),
    _simple("mirror", "hflip"),
    _simple("crop 5 %", "crop=iw*0.95:ih*0.95"),
    _simple("crop 5 % off centre", "crop=iw*0.95:ih*0.95:(iw-ow)*0.9:(ih-oh)*0.2"),
    _simple("crop 5 % each side", "crop=iw*0.9:ih*0.9"),
    _simple("caption", CAPTION),
    _speed(0.8),
    _speed(1.25),
    _simple("10 fps", "fps=10"),
    _simple("60 fps", "fps=60"),
    _kept("middle", ((0.2, 0.8),)),
    _kept("cuts", ((0.0, 0.35), (0.6, 1.0))),
    Change("one of five", _one_of_five, _in_the_middle, others=4),
    Change("beside another", _pair, _all, others=1),
    Change("five at once", _beside, _all, others=4),
    _simple(
        "combination", f"hflip,crop=iw*0.95:ih*0.95,scale=iw/2:-2,{CAPTION},fps=15", "-crf", "32"
    ),
)
