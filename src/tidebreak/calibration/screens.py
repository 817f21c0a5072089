"""Pictures as telephones and browsers show them: drawn interfaces with a picture inside.

Four interfaces, light and dark, with sizes, margins, words and colours drawn per seed. They are
written after no particular program.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageDraw

from tidebreak.calibration.drawing import (
    Colour,
    Picture,
    Rng,
    between,
    chance,
    colour,
    fitted,
    pick,
    shade,
    whole,
    words,
    write,
    write_centred,
)


@dataclass(frozen=True, slots=True)
class Screen:
    """A canvas being drawn on; ``unit`` is a hundredth of its width, ``corner`` in pixels."""

    canvas: Picture
    draw: ImageDraw.ImageDraw
    rng: Rng
    back: Colour
    ink: Colour
    faint: Colour
    corner: int

    @property
    def unit(self) -> int:
        """The measure of the layout, in pixels."""
        return self.canvas.width // 100

    def icon(self, x: int, y: int, size: int) -> None:
        """Draw one of a few plain signs, as buttons have them."""
        kind = whole(self.rng, 0, 3)
        box = (x, y, x + size, y + size)
        if kind == 0:
            self.draw.ellipse(box, outline=self.ink, width=max(1, size // 9))
        elif kind == 1:
            self.draw.rectangle(box, outline=self.ink, width=max(1, size // 9))
        elif kind == 2:
            self.draw.polygon([(x, y + size), (x + size // 2, y), (x + size, y + size)], self.ink)
        else:
            for line in range(3):
                self.draw.line(
                    (x, y + line * size // 2, x + size, y + line * size // 2), self.ink, 2
                )

    def row_of_icons(self, y: int, size: int, count: int) -> None:
        """Spread ``count`` icons over the width."""
        for place in range(count):
            self.icon((2 * place + 1) * self.canvas.width // (2 * count) - size // 2, y, size)

    def place(self, picture: Picture, x: int, y: int) -> None:
        """Paste ``picture``, with rounded corners where the interface has them."""
        if not self.corner:
            self.canvas.paste(picture, (x, y))
            return
        mask = Image.new("L", picture.size, 0)
        box = (0, 0, picture.width - 1, picture.height - 1)
        ImageDraw.Draw(mask).rounded_rectangle(box, self.corner * self.unit, 255)
        self.canvas.paste(picture, (x, y), mask)


def screenshot(picture: Picture, rng: Rng, *, corner: int = 0) -> Picture:
    """Return the screen of a telephone that shows ``picture`` in one of four interfaces.

    ``corner`` is the radius of the picture's corners in hundredths of the width.
    """
    screen = _blank(rng, corner)
    _status_bar(screen)
    pick(rng, _INTERFACES)(screen, picture)
    return screen.canvas


def template(picture: Picture, rng: Rng, interface: int) -> Picture:
    """Return ``picture`` in one given interface; equal seeds draw all else equal."""
    screen = _blank(rng, 0)
    _status_bar(screen)
    _INTERFACES[interface % len(_INTERFACES)](screen, picture)
    return screen.canvas


def _blank(rng: Rng, corner: int) -> Screen:
    width = pick(rng, (720, 1080))
    height = round(width * pick(rng, (16 / 9, 18.5 / 9, 19.5 / 9, 20 / 9)))
    dark = chance(rng, 0.5)
    back = shade(rng, 15, 12) if dark else shade(rng, 248, 7)
    ink = shade(rng, 225, 20) if dark else shade(rng, 30, 20)
    faint = shade(rng, 60, 15) if dark else shade(rng, 215, 15)
    canvas = Image.new("RGB", (width, height), back)
    return Screen(canvas, ImageDraw.Draw(canvas), rng, back, ink, faint, corner)


def _status_bar(screen: Screen) -> None:
    unit, rng = screen.unit, screen.rng
    clock = f"{whole(rng, 0, 23):02}:{whole(rng, 0, 59):02}"
    write(screen.draw, (4 * unit, unit, 30 * unit, 6 * unit), clock, 3 * unit, screen.ink)
    for place in range(whole(rng, 2, 4)):
        x = screen.canvas.width - (6 + 5 * place) * unit
        screen.icon(x, round(1.5 * unit), round(2.5 * unit))


def _bar(screen: Screen, top: int) -> int:
    """Draw a title bar; return the y below it."""
    unit, bottom = screen.unit, top + whole(screen.rng, 11, 14) * screen.unit
    screen.icon(3 * unit, top + 4 * unit, 4 * unit)
    box = (12 * unit, top + 3 * unit, 80 * unit, bottom)
    write(screen.draw, box, words(screen.rng, 1, 2), 4 * unit, screen.ink)
    screen.icon(92 * unit, top + 4 * unit, 4 * unit)
    if chance(screen.rng, 0.6):
        screen.draw.line((0, bottom, screen.canvas.width, bottom), screen.faint, 2)
    return bottom


def _tabs(screen: Screen) -> int:
    """Draw a row of buttons at the foot; return the y above it."""
    unit, canvas = screen.unit, screen.canvas
    top = canvas.height - whole(screen.rng, 13, 18) * unit
    screen.draw.rectangle((0, top, canvas.width, canvas.height), screen.back)
    screen.draw.line((0, top, canvas.width, top), screen.faint, 2)
    screen.row_of_icons(top + 4 * unit, 5 * unit, whole(screen.rng, 3, 5))
    return top


def _feed(screen: Screen, picture: Picture) -> None:
    """Draw a post: who, the picture over the full width, buttons, words, the next post."""
    unit, rng, width = screen.unit, screen.rng, screen.canvas.width
    top = _bar(screen, 6 * unit) + 2 * unit
    screen.draw.ellipse((3 * unit, top, 11 * unit, top + 8 * unit), colour(rng))
    box = (14 * unit, top + 2 * unit, 90 * unit, top + 9 * unit)
    write(screen.draw, box, words(rng, 1, 2), 3 * unit, screen.ink)
    edge = pick(rng, (0, 0, 3 * unit))
    inside = fitted(picture, width - 2 * edge, screen.canvas.height * 0.62)
    top += 10 * unit
    screen.place(inside, (width - inside.width) // 2, top)
    below = top + inside.height + 3 * unit
    for place in range(3):
        screen.icon((4 + 9 * place) * unit, below, 5 * unit)
    limit = screen.canvas.height
    box = (4 * unit, below + 8 * unit, 96 * unit, limit)
    below = write(screen.draw, box, words(rng, 6, 30), 3 * unit, screen.ink) + 4 * unit
    if below + 14 * unit < limit:
        screen.draw.ellipse((3 * unit, below, 11 * unit, below + 8 * unit), colour(rng))
        box = (14 * unit, below + 2 * unit, 90 * unit, limit)
        write(screen.draw, box, words(rng, 1, 2), 3 * unit, screen.ink)
    _tabs(screen)


def _viewer(screen: Screen, picture: Picture) -> None:
    """Draw a gallery that shows one picture, in the middle of what its bars leave."""
    top, foot = _bar(screen, 6 * screen.unit), _tabs(screen)
    inside = fitted(picture, screen.canvas.width, 0.96 * (foot - top))
    x = (screen.canvas.width - inside.width) // 2
    screen.place(inside, x, top + (foot - top - inside.height) // 2)


def _bubble(screen: Screen, top: int, mine: bool) -> int:
    unit, rng = screen.unit, screen.rng
    text, wide = words(rng, 2, 12), whole(rng, 35, 65) * unit
    left = screen.canvas.width - wide - 4 * unit if mine else 4 * unit
    back = shade(rng, 120, 40, 60) if mine else screen.faint
    tall = (6 + 4 * (len(text) * 2 * unit // wide)) * unit
    screen.draw.rounded_rectangle((left, top, left + wide, top + tall), 3 * unit, back)
    box = (left + 3 * unit, top + unit, left + wide - 2 * unit, top + tall)
    write(screen.draw, box, text, 3 * unit, screen.ink)
    return top + tall + 3 * unit


def _chat(screen: Screen, picture: Picture) -> None:
    """Draw a conversation in which the picture is a message."""
    unit, rng, canvas = screen.unit, screen.rng, screen.canvas
    top, foot = _bar(screen, 6 * unit) + 3 * unit, _tabs(screen)
    for _ in range(whole(rng, 1, 2)):
        top = _bubble(screen, top, chance(rng, 0.5))
    inside = fitted(picture, canvas.width * between(rng, 0.62, 0.85), 0.6 * (foot - top))
    x = pick(rng, (3 * unit, canvas.width - inside.width - 3 * unit))
    screen.place(inside, x, top)
    top += inside.height + 3 * unit
    while top + 16 * unit < foot:
        top = _bubble(screen, top, chance(rng, 0.5))


def _page(screen: Screen, picture: Picture) -> None:
    """Draw an article in a browser."""
    unit, rng, width = screen.unit, screen.rng, screen.canvas.width
    top = 7 * unit
    screen.draw.rounded_rectangle(
        (3 * unit, top, 86 * unit, top + 9 * unit), 4 * unit, screen.faint
    )
    box = (7 * unit, top + 3 * unit, 80 * unit, top + 9 * unit)
    address = words(rng, 1, 1).lower() + ".example"
    write(screen.draw, box, address, 3 * unit, screen.ink)
    screen.icon(91 * unit, top + 3 * unit, 4 * unit)
    box = (4 * unit, top + 13 * unit, 96 * unit, top + 60 * unit)
    top = write(screen.draw, box, words(rng, 4, 10), 6 * unit, screen.ink) + 3 * unit
    edge = pick(rng, (0, 4 * unit))
    inside = fitted(picture, width - 2 * edge, screen.canvas.height - top - 20 * unit)
    screen.place(inside, (width - inside.width) // 2, top)
    top += inside.height + 3 * unit
    box = (4 * unit, top, 96 * unit, screen.canvas.height)
    write(screen.draw, box, words(rng, 30, 120), round(3.4 * unit), screen.ink)


_INTERFACES: tuple[Callable[[Screen, Picture], None], ...] = (_feed, _viewer, _chat, _page)


def desktop(picture: Picture, rng: Rng) -> Picture:
    """Return a window of a desktop browser with the picture between other things."""
    canvas = Image.new("RGB", (1280, 800), shade(rng, pick(rng, (30, 245)), 10))
    draw = ImageDraw.Draw(canvas)
    ink = shade(rng, 128, 40)
    draw.rectangle((0, 0, 1280, 70), shade(rng, 200, 30))
    write(draw, (90, 40, 900, 70), words(rng, 2, 3).lower(), 18, (40, 40, 40))
    inside = fitted(picture, 760, 640)
    left, top = whole(rng, 30, 60), whole(rng, 90, 120)
    canvas.paste(inside, (left, top))
    side = left + inside.width + 30
    for y in range(top, 760, 110):
        draw.rectangle((side, y, side + 120, y + 80), colour(rng))
        write(draw, (side + 135, y, 1270, y + 80), words(rng, 3, 9), 16, ink)
    write_centred(draw, (left, 765, 700, 795), words(rng, 4, 9), 16, ink)
    return canvas
