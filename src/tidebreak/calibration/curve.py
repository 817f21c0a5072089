"""The curve of recall and false pairs against the distance, as inline SVG without scripts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import log10

import numpy as np
from numpy.typing import NDArray

from tidebreak.calibration.summary import Curve

WIDTH, HEIGHT = 860, 560
_LEFT, _RIGHT = 74, 24
_TOP, _MIDDLE, _FOOT = 24, 336, 500
"""Recall is drawn between the first two, false pairs between ``_MIDDLE + 40`` and the last."""

_FALSE_TOP = _MIDDLE + 40
_COLOURS = ("#1f5f8b", "#b4532a", "#3d7a4a", "#7a4a86", "#a97b12", "#4f6d8f", "#8c1d18", "#2b8a86")


@dataclass(frozen=True, slots=True)
class Line:
    """One method's curve."""

    name: str
    curve: Curve


def draw(lines: Sequence[Line], marks: Sequence[int] = ()) -> str:
    """Return an SVG element: recall above, the upper bound of false pairs below.

    ``marks`` are distances that get a vertical line. Bands are 95 % intervals.
    """
    upto = len(lines[0].curve.recall) - 1
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        ' aria-label="Recall and false pairs against the distance"'
        ' font-family="system-ui, sans-serif" font-size="12" fill="#1b2430">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        *_grid(lines, upto),
        *(_mark(distance, upto) for distance in marks if distance <= upto),
    ]
    for number, line in enumerate(lines):
        parts += _line(line, _COLOURS[number % len(_COLOURS)], number, upto, _floor(lines))
    return "\n".join([*parts, "</svg>"])


def _x(distance: float, upto: int) -> float:
    return _LEFT + distance * (WIDTH - _LEFT - _RIGHT) / max(upto, 1)


def _recall_y(share: float) -> float:
    return _MIDDLE - share * (_MIDDLE - _TOP)


def _false_y(share: float, floor: int) -> float:
    """Return the height of a share on a logarithmic scale from 10**floor to 1."""
    height = (max(log10(max(share, 1e-300)), floor) - floor) / -floor
    return _FOOT - height * (_FOOT - _FALSE_TOP)


def _floor(lines: Sequence[Line]) -> int:
    least = min(float(line.curve.false_bound.min()) for line in lines)
    return min(-1, int(np.floor(log10(max(least, 1e-12)))))


def _grid(lines: Sequence[Line], upto: int) -> list[str]:
    floor, parts = _floor(lines), list[str]()
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts += _rule(_recall_y(share), f"{share:.0%}")
    for exponent in range(floor, 1):
        parts += _rule(_false_y(10.0**exponent, floor), f"1e{exponent}" if exponent else "1")
    for distance in range(0, upto + 1, 10):
        parts.append(_text(_x(distance, upto), _FOOT + 18, str(distance), "middle"))
    parts.append(_text(_LEFT, _TOP - 9, "recall, mean over the edits", "start"))
    parts.append(
        _text(_LEFT, _FALSE_TOP - 9, "share of different pictures within, at most", "start")
    )
    parts.append(_text(WIDTH - _RIGHT, _FOOT + 36, "distance, bits of 256", "end"))
    return parts


def _rule(y: float, label: str) -> list[str]:
    line = f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#d9dfe6"/>'
    return [line, _text(_LEFT - 8, y + 4, label, "end")]


def _mark(distance: int, upto: int) -> str:
    x = _x(distance, upto)
    return (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{_FOOT}" stroke="#5b6876"'
        ' stroke-dasharray="3 4"/>' + _text(x + 4, _TOP + 10, str(distance), "start")
    )


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _line(line: Line, colour: str, number: int, upto: int, floor: int) -> list[str]:
    found = line.curve
    recall = _points(found.recall, upto)
    upper = _points(found.high, upto)
    lower = _points(found.low, upto)[::-1]
    bound = [
        f"{_x(distance, upto):.1f},{_false_y(float(share), floor):.1f}"
        for distance, share in enumerate(found.false_bound)
    ]
    y = _FOOT + 36 + 14 * (number // 4)
    x = _LEFT + 170 * (number % 4)
    return [
        f'<polygon points="{" ".join(upper + lower)}" fill="{colour}" opacity="0.14"/>',
        f'<polyline points="{" ".join(recall)}" fill="none" stroke="{colour}" stroke-width="2"/>',
        f'<polyline points="{" ".join(bound)}" fill="none" stroke="{colour}" stroke-width="2"/>',
        f'<rect x="{x}" y="{y - 9}" width="10" height="10" fill="{colour}"/>',
        _text(x + 15, y, line.name, "start"),
    ]


def _points(shares: NDArray[np.float64], upto: int) -> list[str]:
    return [
        f"{_x(distance, upto):.1f},{_recall_y(float(share)):.1f}"
        for distance, share in enumerate(shares)
    ]
