"""Edits that put something around, over or beside a picture, or turn it by a few degrees."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from tidebreak.calibration.drawing import (
    Colour,
    Picture,
    Rng,
    between,
    chance,
    colour,
    covering,
    fitted,
    pick,
    readable_on,
    resized,
    shade,
    whole,
    words,
    write,
    write_centred,
)


def bordered(picture: Picture, rng: Rng, share: float, level: int) -> Picture:
    """Put a border of about grey ``level`` around, ``share`` of the shorter side wide."""
    width = max(1, round(min(picture.size) * share))
    back = (level, level, level) if chance(rng, 0.5) else shade(rng, level)
    return framed(picture, (width, width, width, width), back)


def framed(picture: Picture, widths: tuple[int, int, int, int], back: Colour) -> Picture:
    """Put ``picture`` on a larger canvas: left, top, right and bottom margins in pixels."""
    left, top, right, bottom = widths
    size = picture.width + left + right, picture.height + top + bottom
    canvas = Image.new("RGB", size, back)
    canvas.paste(picture, (left, top))
    return canvas


def gradient_bordered(picture: Picture, rng: Rng, share: float) -> Picture:
    """Put a border around that runs from one colour to another."""
    width = max(1, round(min(picture.size) * share))
    tall, wide = picture.height + 2 * width, picture.width + 2 * width
    position = np.linspace(0, 1, tall if chance(rng, 0.5) else wide)[:, None]
    strip = np.array(colour(rng)) * (1 - position) + np.array(colour(rng)) * position
    rows = strip[:, None] if strip.shape[0] == tall else strip[None]
    canvas = Image.fromarray(np.broadcast_to(np.rint(rows), (tall, wide, 3)).astype(np.uint8))
    canvas.paste(picture, (width, width))
    return canvas


def captioned_over(picture: Picture, rng: Rng, share: float) -> Picture:
    """Cover a strip of ``share`` of the height, at the foot or the head, with text on a colour."""
    height = round(picture.height * share)
    top = picture.height - height if chance(rng, 0.67) else 0
    back = pick(rng, ((0, 0, 0), (255, 255, 255), colour(rng)))
    strip = Image.new("RGB", (picture.width, height), back)
    beneath = picture.crop((0, top, picture.width, top + height))
    opaque = 1.0 if chance(rng, 0.6) else between(rng, 0.55, 0.9)
    strip = Image.blend(beneath, strip, opaque)
    size = round(height * between(rng, 0.3, 0.6))
    box = (0, 0, picture.width, height)
    write_centred(ImageDraw.Draw(strip), box, words(rng, 2, 6), size, readable_on(back))
    found = picture.copy()
    found.paste(strip, (0, top))
    return found


def captioned_beside(picture: Picture, rng: Rng) -> Picture:
    """Add a bar with one to three lines of text, above or below the picture."""
    height = round(picture.height * between(rng, 0.1, 0.28))
    back = pick(rng, ((255, 255, 255), (255, 255, 255), (0, 0, 0), colour(rng)))
    above = chance(rng, 0.5)
    found = framed(picture, (0, height * above, 0, height * (not above)), back)
    top = 0 if above else picture.height
    size = max(9, round(height * between(rng, 0.22, 0.5)))
    edge = round(picture.width * 0.03)
    box = (edge, top + round(height * 0.12), picture.width - edge, top + height)
    write(ImageDraw.Draw(found), box, words(rng, 3, 12), size, readable_on(back))
    return found


def memed(picture: Picture, rng: Rng) -> Picture:
    """Write outlined capitals over the head and the foot."""
    found = picture.copy()
    draw = ImageDraw.Draw(found)
    height = round(picture.height * between(rng, 0.1, 0.18))
    for top in (0, picture.height - height):
        box = (0, top, picture.width, top + height)
        size = round(height * 0.8)
        text = words(rng, 2, 5).upper()
        write_centred(draw, box, text, size, (255, 255, 255), max(1, size // 16))
    return found


def letterboxed(picture: Picture, rng: Rng, across: int, down: int) -> Picture:
    """Fit the picture into a black canvas with sides as ``across`` to ``down``."""
    width = pick(rng, (picture.width, 720))
    canvas = Image.new("RGB", (width, round(width * down / across)), (0, 0, 0))
    inside = fitted(picture, *canvas.size)
    free = canvas.height - inside.height
    canvas.paste(inside, ((canvas.width - inside.width) // 2, free // 2))
    return canvas


def story(picture: Picture, rng: Rng, across: int, down: int) -> Picture:
    """Put the picture over an enlarged and blurred copy of itself."""
    width = pick(rng, (540, 720))
    height = round(width * down / across)
    radius = width * between(rng, 0.02, 0.05)
    back = covering(picture, width, height).filter(ImageFilter.GaussianBlur(radius))
    back = Image.blend(back, Image.new("RGB", back.size), between(rng, 0, 0.4))
    inside = fitted(picture, width * pick(rng, (1.0, between(rng, 0.85, 1))), height * 0.85)
    free = back.height - inside.height
    back.paste(inside, ((width - inside.width) // 2, round(free * between(rng, 0.4, 0.6))))
    return back


def collage(picture: Picture, rng: Rng, others: list[Picture]) -> Picture:
    """Put ``others`` beside or below the picture, in any order, with or without a gutter."""
    cells = [picture, *others]
    order = [cells[place] for place in rng.permutation(len(cells)).tolist()]
    beside = chance(rng, 0.5)
    side = min(picture.height if beside else picture.width, 640)
    scaled = [
        resized(cell, side * cell.width / cell.height, side)
        if beside
        else resized(cell, side, side * cell.height / cell.width)
        for cell in order
    ]
    gap = whole(rng, 2, max(3, side // 25)) if chance(rng, 0.6) else 0
    rim = gap if chance(rng, 0.4) else 0
    back = pick(rng, ((255, 255, 255), (0, 0, 0), colour(rng)))
    return _in_a_row(scaled, beside, gap, rim, back)


def _in_a_row(cells: list[Picture], beside: bool, gap: int, rim: int, back: Colour) -> Picture:
    along = sum(cell.width if beside else cell.height for cell in cells)
    along += gap * (len(cells) - 1) + 2 * rim
    across = max(cell.height if beside else cell.width for cell in cells) + 2 * rim
    canvas = Image.new("RGB", (along, across) if beside else (across, along), back)
    place = rim
    for cell in cells:
        canvas.paste(cell, (place, rim) if beside else (rim, place))
        place += (cell.width if beside else cell.height) + gap
    return canvas


def grid(picture: Picture, rng: Rng, others: list[Picture]) -> Picture:
    """Put the picture and three others into two rows of equal cells, the others cut to fit."""
    width, height = fitted(picture, 480, 480).size
    cells = [resized(picture, width, height)]
    cells += [covering(other, width, height) for other in others[:3]]
    gap = whole(rng, 0, 12)
    canvas = Image.new(
        "RGB", (2 * width + gap, 2 * height + gap), pick(rng, ((255,) * 3, (0,) * 3))
    )
    for place, cell in enumerate(rng.permutation(4).tolist()):
        canvas.paste(cells[cell], (place % 2 * (width + gap), place // 2 * (height + gap)))
    return canvas


def inset(picture: Picture, rng: Rng, others: list[Picture]) -> Picture:
    """Put the picture into a corner of a larger one."""
    back = covering(others[0], 960, 720)
    inside = fitted(picture, 960 * between(rng, 0.4, 0.6), 720 * between(rng, 0.4, 0.6))
    edge = whole(rng, 0, 40)
    x = edge if chance(rng, 0.5) else back.width - inside.width - edge
    y = edge if chance(rng, 0.5) else back.height - inside.height - edge
    back.paste(inside, (x, y))
    return back


def rotated(picture: Picture, rng: Rng, degrees: float) -> Picture:
    """Turn by ``degrees`` to either side; the corners that this opens are black or white.

    The canvas stays as it is or grows, as programs differ.
    """
    angle = degrees if chance(rng, 0.5) else -degrees
    fill = pick(rng, ((0, 0, 0), (255, 255, 255)))
    how = Image.Resampling.BICUBIC
    return picture.rotate(angle, how, expand=chance(rng, 0.5), fillcolor=fill)


def straightened(picture: Picture, rng: Rng, degrees: float) -> Picture:
    """Turn by ``degrees`` to either side and keep the largest upright rectangle inside.

    That rectangle keeps the picture's aspect ratio: what phones do when a picture is levelled.
    """
    angle = degrees if chance(rng, 0.5) else -degrees
    width, height = picture.size
    sine, cosine = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    scale = min(width / (width * cosine + height * sine), height / (height * cosine + width * sine))
    inner = round(width * scale), round(height * scale)
    turned = picture.rotate(angle, Image.Resampling.BICUBIC)
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    return turned.crop((left, top, left + inner[0], top + inner[1]))
