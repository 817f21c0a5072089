"""Hard negatives: different pictures that look alike, in families, all drawn.

A family's members show the same interface, layout, scene or design, never the same picture. What
is found between them is a false pair, or, where the family says so, the same scene.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from tidebreak.calibration import framing, screens
from tidebreak.calibration.drawing import (
    Colour,
    Picture,
    Rng,
    between,
    chance,
    colour,
    pick,
    scene,
    shade,
    whole,
    words,
    write,
)
from tidebreak.calibration.tones import recoded
from tidebreak.calibration.transforms import rng_for


def families(
    seed: int, members: int, photographs: Sequence[Picture] = ()
) -> dict[str, list[Picture]]:
    """Return every family with ``members`` pictures each; a seed repeats them.

    Interfaces, frames and recordings are filled with ``photographs`` as far as they reach, then
    with drawn scenes.
    """
    filling = list(photographs[:members])
    filling += [
        scene(rng_for(seed, "scene", str(i)), 640, 480) for i in range(len(filling), members)
    ]
    found = {
        name: [draw(rng_for(seed, name), rng_for(seed, name, str(i))) for i in range(members)]
        for name, draw in _DRAWN.items()
    }
    for number, name in enumerate(("feed", "viewer", "chat", "article")):
        found[f"same {name}"] = [
            screens.template(item, rng_for(seed, name), number) for item in filling
        ]
    found["same frame"] = [
        framing.framed(item.resize((640, 480)), (50, 50, 50, 170), (247, 245, 240))
        for item in filling
    ]
    found["recoloured"] = [
        _recoloured(rng_for(seed, "art"), rng_for(seed, "art", str(i))) for i in range(members)
    ]
    found["static camera"] = _static_camera(filling[0], rng_for(seed, "camera"), members)
    found["burst"] = _burst(filling[-1], rng_for(seed, "burst"), members)
    return {name: [recoded(item, 90) for item in items] for name, items in found.items()}


SAME_SCENE = ("static camera", "burst", "recoloured")
"""Families whose members a person would call copies or frames of one another."""


def _document(layout: Rng, rng: Rng) -> Picture:
    """A page of text: the same form letter with other words."""
    page = Image.new("RGB", (850, 1100), shade(layout, 250, 4))
    draw = ImageDraw.Draw(page)
    ink = shade(layout, 30, 20)
    write(draw, (80, 70, 770, 130), words(rng, 3, 6), 30, ink)
    y, size = 170, whole(layout, 15, 19)
    while y < 1000:
        y = write(draw, (80, y, 770, 1040), words(rng, 25, 90), size, ink) + 18
    return page


def _chart(layout: Rng, rng: Rng) -> Picture:
    """A bar chart with axes, in one style, of other values."""
    chart = Image.new("RGB", (900, 600), (255, 255, 255))
    draw = ImageDraw.Draw(chart)
    bar = colour(layout, 40, 200)
    bars = whole(layout, 6, 12)
    for line in range(6):
        draw.line((90, 520 - 90 * line, 860, 520 - 90 * line), (220, 220, 220), 1)
        write(draw, (40, 510 - 90 * line, 88, 540 - 90 * line), str(20 * line), 16, (80, 80, 80))
    width = 770 // bars
    for place in range(bars):
        left = 90 + place * width
        draw.rectangle(
            (left + width // 6, 520 - whole(rng, 20, 450), left + width * 5 // 6, 520), bar
        )
        write(draw, (left, 530, left + width, 580), words(rng, 1, 1)[:6], 14, (80, 80, 80))
    write(draw, (90, 20, 860, 60), words(rng, 3, 6), 26, (30, 30, 30))
    draw.line((90, 520, 860, 520), (40, 40, 40), 2)
    return chart


def _pie(layout: Rng, rng: Rng) -> Picture:
    """A pie chart of one palette, of other values."""
    chart = Image.new("RGB", (800, 600), (255, 255, 255))
    draw = ImageDraw.Draw(chart)
    palette = [colour(layout, 60, 230) for _ in range(5)]
    cuts = np.sort(rng.uniform(0, 360, 5)).tolist()
    for place, start in enumerate(cuts):
        end = cuts[place + 1] if place < 4 else cuts[0] + 360
        draw.pieslice((120, 90, 560, 530), start, end, palette[place], (255, 255, 255))
        write(
            draw, (640, 150 + 60 * place, 790, 190 + 60 * place), words(rng, 1, 1), 18, (40, 40, 40)
        )
        draw.rectangle((605, 150 + 60 * place, 625, 170 + 60 * place), palette[place])
    write(draw, (60, 20, 760, 60), words(rng, 3, 6), 26, (30, 30, 30))
    return chart


def _conversation(layout: Rng, rng: Rng) -> Picture:
    """A conversation without pictures."""
    dark = chance(layout, 0.5)
    back = shade(layout, 20 if dark else 240, 8)
    mine, theirs = shade(layout, 110, 30, 40), shade(layout, 70 if dark else 255, 10)
    ink: Colour = (235, 235, 235) if dark else (30, 30, 30)
    canvas = Image.new("RGB", (720, 1280), back)
    draw = ImageDraw.Draw(canvas)
    draw.rectangle((0, 0, 720, 100), shade(layout, 60 if dark else 210, 10))
    write(draw, (110, 40, 500, 90), words(rng, 1, 2), 30, ink)
    y = 130
    while y < 1120:
        wide, tall = whole(rng, 200, 480), 50 + 32 * whole(rng, 0, 4)
        left = 720 - wide - 20 if chance(rng, 0.5) else 20
        draw.rounded_rectangle((left, y, left + wide, y + tall), 20, mine if left > 20 else theirs)
        write(draw, (left + 18, y + 12, left + wide - 10, y + tall), words(rng, 4, 25), 22, ink)
        y += tall + 20
    draw.rounded_rectangle((20, 1200, 620, 1260), 30, theirs)
    return canvas


def _sky(_: Rng, rng: Rng) -> Picture:
    """A gradient with a faint cloud or none."""
    top, foot = colour(rng, 60, 220), colour(rng, 120, 255)
    position = np.linspace(0, 1, 480)[:, np.newaxis, np.newaxis] ** between(rng, 0.7, 1.5)
    samples = np.broadcast_to(
        np.array(top) * (1 - position) + np.array(foot) * position, (480, 640, 3)
    )
    cloud = np.asarray(scene(rng, 640, 480).filter(ImageFilter.GaussianBlur(40)), float) - 120
    samples = samples + cloud * between(rng, 0.0, 0.4)
    return Image.fromarray(np.clip(np.rint(samples), 0, 255).astype(np.uint8))


def _slide(layout: Rng, rng: Rng) -> Picture:
    """A slide of one presentation: the same ground and mark, other words."""
    back = shade(layout, pick(layout, (35, 245)), 8)
    canvas = Image.new("RGB", (960, 540), back)
    draw = ImageDraw.Draw(canvas)
    mark = colour(layout)
    draw.rectangle((0, 0, 960, 14), mark)
    draw.ellipse((860, 460, 930, 530), mark)
    ink: Colour = (30, 30, 30) if sum(back) > 380 else (230, 230, 230)
    write(draw, (60, 50, 900, 120), words(rng, 3, 6), 40, ink)
    for line in range(whole(rng, 2, 5)):
        draw.ellipse((70, 166 + 60 * line, 82, 178 + 60 * line), mark)
        write(draw, (100, 155 + 60 * line, 840, 220 + 60 * line), words(rng, 3, 9), 26, ink)
    return canvas


def _recoloured(layout: Rng, rng: Rng) -> Picture:
    """One abstract design in other colours: shapes stay, every colour is drawn anew."""
    art = Image.new("RGB", (640, 480), colour(rng))
    draw = ImageDraw.Draw(art)
    for _ in range(30):
        x, y, size = whole(layout, -50, 640), whole(layout, -50, 480), whole(layout, 30, 200)
        shape = draw.ellipse if chance(layout, 0.5) else draw.rectangle
        shape((x, y, x + size, y + whole(layout, 30, 200)), colour(rng))
    return art


def _static_camera(back: Picture, rng: Rng, count: int) -> list[Picture]:
    """Frames of one fixed camera at other times: other light, other things in front."""
    frames: list[Picture] = []
    ground = back.resize((960, 540))
    for _ in range(count):
        frame = ground.copy()
        for _ in range(whole(rng, 1, 3)):
            thing = scene(rng, whole(rng, 60, 200), whole(rng, 100, 260))
            frame.paste(thing, (whole(rng, -40, 860), whole(rng, 120, 440)))
        samples = np.asarray(frame, float) * between(rng, 0.8, 1.15)
        samples = samples + rng.normal(0, 4, samples.shape)
        frames.append(Image.fromarray(np.clip(samples, 0, 255).astype(np.uint8)))
    return frames


def _burst(back: Picture, rng: Rng, count: int) -> list[Picture]:
    """Captures of one scene out of a moving hand: shifted, turned and scaled a little."""
    frames: list[Picture] = []
    for _ in range(count):
        turned = back.rotate(between(rng, -2, 2), Image.Resampling.BICUBIC)
        share = between(rng, 0.82, 0.92)
        width, height = round(back.width * share), round(back.height * share)
        left = round(between(rng, 0.2, 0.8) * (back.width - width))
        top = round(between(rng, 0.2, 0.8) * (back.height - height))
        frames.append(turned.crop((left, top, left + width, top + height)))
    return frames


_DRAWN: dict[str, Callable[[Rng, Rng], Picture]] = {
    "documents": _document,
    "bar charts": _chart,
    "pie charts": _pie,
    "conversations": _conversation,
    "skies": _sky,
    "slides": _slide,
}
