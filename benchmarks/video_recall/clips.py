"""The clips of the suite: benign, generated with ffmpeg from pictures and from test sources.

A clip is a recipe. Motions over one picture (pan, zoom, hand-held, rotation), several shots in a
row, a still camera with something moving before it, a slide show, and ffmpeg's own sources.
``negatives`` are the hard ones: other recordings of the same still camera, the same room with
other things in it, clips that begin with the same title, test cards, black and white frames.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from tidebreak.hashing.pdq import pdq_rgb

WIDTH, HEIGHT, RATE = 640, 360, 25
FFMPEG = ("ffmpeg", "-nostdin", "-v", "error", "-y", "-threads", "1", "-filter_threads", "1")
LEAST_QUALITY, ALIKE_BITS = 90, 90
ENCODED = ("-an", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "veryfast", "-crf", "23")

_LAVFI = {
    "mandelbrot": f"mandelbrot=s={WIDTH}x{HEIGHT}:r={RATE}:end_scale=0.02:end_pts=300",
    "testsrc2": f"testsrc2=s={WIDTH}x{HEIGHT}:r={RATE}",
    "life": f"life=s=80x45:r=5:mold=8:ratio=0.4:seed=7,scale={WIDTH}:{HEIGHT}:flags=neighbor,fps={RATE}",
    "cells": f"cellauto=s=80x45:r=10:rule=110:seed=3,scale={WIDTH}:{HEIGHT}:flags=neighbor,fps={RATE}",
}
_CARDS = {
    "bars": f"smptehdbars=s={WIDTH}x{HEIGHT}:r={RATE}",
    "testcard": f"testsrc=s={WIDTH}x{HEIGHT}:r={RATE}",
    "black": f"color=black:s={WIDTH}x{HEIGHT}:r={RATE}",
    "white": f"color=white:s={WIDTH}x{HEIGHT}:r={RATE}",
    "gradient": f"gradients=s={WIDTH}x{HEIGHT}:r={RATE}:seed=5:speed=0.02",
}


@dataclass(frozen=True)
class Clip:
    """A recipe: pictures and a filter graph from ``[p0]``, ``[p1]``, … to ``[out]``."""

    name: str
    seconds: float
    pictures: tuple[Path, ...]
    graph: str

    def make(self, folder: Path) -> Path:
        """Encode the clip into ``folder`` unless it is there."""
        path = folder / f"{self.name}.mp4"
        if not path.exists():
            partial = path.with_suffix(".part.mp4")
            inputs = [word for picture in self.pictures for word in ("-i", str(picture))]
            # Looping inside the graph decodes each picture once.
            looped = "".join(
                f"[{i}]format=yuv420p,loop=loop=-1:size=1,setpts=N/{RATE}/TB,fps={RATE}[p{i}];"
                for i in range(len(self.pictures))
            )
            command = [*FFMPEG, *inputs, "-filter_complex", looped + self.graph, "-map", "[out]"]
            subprocess.run(
                [*command, *ENCODED, "-r", str(RATE), "-t", str(self.seconds), str(partial)],
                check=True,
            )
            partial.rename(path)
        return path


def prepare(pictures: Sequence[Path], count: int, folder: Path) -> list[Path]:
    """Return ``count`` pictures that fill a frame of twice the clips' size.

    All have structure, and no two are alike. Where ``pictures`` are too few, the rest is drawn.
    """
    random = np.random.default_rng(5)
    sources = iter(pictures)
    hashes: list[int] = []
    while len(hashes) < count:
        source = next(sources, None)
        frame = _filling(source) if source else _drawn(random)
        found = pdq_rgb(np.asarray(frame))
        value = int.from_bytes(found.value)
        alike = any((value ^ other).bit_count() <= ALIKE_BITS for other in hashes)
        if found.quality >= LEAST_QUALITY and not alike:
            frame.save(folder / f"picture{len(hashes):03}.png")
            hashes.append(value)
    return [folder / f"picture{number:03}.png" for number in range(count)]


def _filling(picture: Path) -> Image.Image:
    with Image.open(picture) as image:
        image.draft("RGB", (2 * WIDTH, 2 * HEIGHT))
        frame = image.convert("RGB")
    scale = max(2 * WIDTH / frame.width, 2 * HEIGHT / frame.height)
    size = (round(frame.width * scale), round(frame.height * scale))
    frame = frame.resize(size, Image.Resampling.LANCZOS)
    left, top = (size[0] - 2 * WIDTH) // 2, (size[1] - 2 * HEIGHT) // 2
    return frame.crop((left, top, left + 2 * WIDTH, top + 2 * HEIGHT))


def _drawn(random: np.random.Generator) -> Image.Image:
    """A scene with the spectrum of photographs, and things in it."""
    height, width = 2 * HEIGHT, 2 * WIDTH
    frequency = np.hypot(np.fft.fftfreq(height)[:, np.newaxis], np.fft.rfftfreq(width))
    frequency[0, 0] = 1
    layers = []
    for _ in range(3):
        spectrum = np.fft.rfft2(random.standard_normal((height, width))) / frequency**1.2
        layer = np.fft.irfft2(spectrum, (height, width))
        layers.append((layer - layer.mean()) / layer.std())
    scene = np.stack([layers[0] + 0.3 * layer for layer in layers], axis=2)
    image = Image.fromarray(np.clip(128 + 45 * scene, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(12):
        x, y, size = random.integers(0, width), random.integers(0, height), random.integers(40, 300)
        box = (x, y, x + size, y + size * random.uniform(0.4, 1.6))
        shape = draw.ellipse if random.random() < 0.5 else draw.rectangle
        shape([int(value) for value in box], fill=tuple(random.integers(0, 256, 3).tolist()))
    return image


def positives(pictures: Sequence[Path], count: int, seed: int) -> list[Clip]:
    """Return ``count`` clips of 3 to 12 seconds with nothing in common."""
    random = np.random.default_rng(seed)
    makers = (_pan, _zoom, _handheld, _shots, _camera, _slides, _walk)
    clips: list[Clip] = []
    pool = iter(pictures)
    sources = iter(_LAVFI.items())
    for number in range(count):
        seconds = float(np.round(random.uniform(3.0, 12.0), 1))
        if number % 9 == 8 and (source := next(sources, None)):
            clips.append(_source(*source, seconds))
            continue
        try:
            clips.append(makers[number % len(makers)](f"clip{number:03}", seconds, pool, random))
        except StopIteration:
            break
    return clips


def negatives(pictures: Sequence[Path], seed: int, cameras: int, titles: int) -> list[list[Clip]]:
    """Return groups of clips that resemble each other and are none the copy of another.

    They take four of ``pictures`` for each camera and each title.
    """
    random = np.random.default_rng(seed)
    pool = iter(pictures)
    groups: list[list[Clip]] = []
    for number in range(cameras):
        room, *things = (next(pool) for _ in range(4))
        seconds = 8.0
        groups.append(
            [
                _still(f"camera{number}{turn}", seconds, room, things[turn], random)
                for turn in range(3)
            ]
        )
    for number in range(titles):
        title, *shots = (next(pool) for _ in range(4))
        groups.append(
            [_titled(f"titled{number}{turn}", title, shots[turn], random) for turn in range(3)]
        )
    groups.append([_source(name, graph, 5.0) for name, graph in _CARDS.items()])
    return groups


def _source(name: str, graph: str, seconds: float) -> Clip:
    return Clip(name, seconds, (), f"{graph}[out]")


def _moving(name: str, seconds: float, picture: Path, x: str, y: str, size: float = 1.0) -> Clip:
    width, height = 2 * round(WIDTH * size / 2), 2 * round(HEIGHT * size / 2)
    graph = f"[p0]crop={width}:{height}:x='{x}':y='{y}',scale={WIDTH}:{HEIGHT}[out]"
    return Clip(name, seconds, (picture,), graph)


def _pan(name: str, seconds: float, pool: Iterator[Path], random: np.random.Generator) -> Clip:
    x = f"(iw-ow)*t/{seconds}" if random.random() < 0.5 else f"(iw-ow)*(1-t/{seconds})"
    y = f"(ih-oh)*{random.random():.2f}"
    return _moving(name, seconds, next(pool), x, y, random.uniform(1.0, 1.6))


def _zoom(name: str, seconds: float, pool: Iterator[Path], random: np.random.Generator) -> Clip:
    zoom = f"1+{random.uniform(0.3, 1.2):.2f}*on/{round(seconds * RATE)}"
    graph = (
        f"[p0]zoompan=z='{zoom}':x='iw/2-iw/zoom/2':y='ih/2-ih/zoom/2':d=1"
        f":s={WIDTH}x{HEIGHT}:fps={RATE}[out]"
    )
    return Clip(name, seconds, (next(pool),), graph)


def _handheld(name: str, seconds: float, pool: Iterator[Path], random: np.random.Generator) -> Clip:
    a, b, c = random.uniform(0.5, 2.5, 3)
    x = f"(iw-ow)*(0.5+0.25*sin({a:.2f}*t)+0.05*sin({3 * b:.2f}*t))"
    y = f"(ih-oh)*(0.5+0.2*sin({b:.2f}*t+1)+0.06*sin({4 * c:.2f}*t))"
    return _moving(name, seconds, next(pool), x, y, random.uniform(1.0, 1.5))


def _walk(name: str, seconds: float, pool: Iterator[Path], random: np.random.Generator) -> Clip:
    turn = random.uniform(0.1, 0.3)
    graph = (
        f"[p0]rotate='{turn:.2f}*sin(t)':ow=iw:oh=ih,"
        f"crop={WIDTH}:{HEIGHT}:x='(iw-ow)*(0.3+0.4*t/{seconds})':y='(ih-oh)/2'[out]"
    )
    return Clip(name, seconds, (next(pool),), graph)


def _shots(name: str, seconds: float, pool: Iterator[Path], random: np.random.Generator) -> Clip:
    pictures = [next(pool) for _ in range(3)]
    length = seconds / 3
    parts = "".join(
        f"[p{i}]trim=0:{length:.3f},setpts=PTS-STARTPTS,crop={WIDTH}:{HEIGHT}"
        f":x='(iw-ow)*({random.uniform(0, 0.7):.2f}+0.3*t/{length:.3f})':y='(ih-oh)/2'[s{i}];"
        for i in range(3)
    )
    return Clip(name, seconds, tuple(pictures), f"{parts}[s0][s1][s2]concat=n=3:v=1[out]")


def _slides(name: str, seconds: float, pool: Iterator[Path], random: np.random.Generator) -> Clip:
    pictures = [next(pool) for _ in range(2)]
    half = seconds / 2
    parts = "".join(f"[p{i}]scale={WIDTH}:{HEIGHT},setsar=1[s{i}];" for i in range(2))
    fade = f"[s0][s1]xfade=duration=0.8:offset={half - 0.4:.2f}[out]"
    return Clip(name, seconds, tuple(pictures), parts + fade)


def _camera(name: str, seconds: float, pool: Iterator[Path], random: np.random.Generator) -> Clip:
    return _still(name, seconds, next(pool), next(pool), random)


def _still(name: str, seconds: float, room: Path, thing: Path, random: np.random.Generator) -> Clip:
    """A still camera: grain, and something a third as high as the room that wanders about."""
    a, b = random.uniform(0.3, 1.2, 2)
    start = random.uniform(0, 6)
    share = random.uniform(0.3, 0.6)
    width, height = 2 * round(WIDTH * share / 4), 2 * round(HEIGHT * share / 2)
    graph = (
        f"[p0]scale={WIDTH}:{HEIGHT},setsar=1[room];[p1]crop=ih*0.5:ih,scale={width}:{height}[thing];"
        f"[room][thing]overlay=x='(W-w)*(0.5+0.45*sin({a:.2f}*t+{start:.2f}))'"
        f":y='(H-h)*(0.7+0.2*sin({b:.2f}*t))',noise=alls=8:allf=t[out]"
    )
    return Clip(name, seconds, (room, thing), graph)


def _titled(name: str, title: Path, shot: Path, random: np.random.Generator) -> Clip:
    """Two seconds of title, one of black, then a shot of its own."""
    x = f"(iw-ow)*({random.uniform(0, 0.5):.2f}+0.4*t/5)"
    graph = (
        f"[p0]scale={WIDTH}:{HEIGHT},setsar=1,trim=0:2,setpts=PTS-STARTPTS[title];"
        f"color=black:s={WIDTH}x{HEIGHT}:r={RATE}:d=1[black];"
        f"[p1]trim=0:5,crop={WIDTH}:{HEIGHT}:x='{x}':y='(ih-oh)/2',setsar=1[shot];"
        "[title][black][shot]concat=n=3:v=1[out]"
    )
    return Clip(name, 8.0, (title, shot), graph)
