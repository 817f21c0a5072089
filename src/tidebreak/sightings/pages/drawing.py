"""Charts as inline SVG without scripts. What is known as a range is drawn as a range."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from math import ceil, floor, log10

from tidebreak.sightings.pages.portrait import Slot
from tidebreak.sightings.pages.wording import figure
from tidebreak.sightings.records import Curve, Grade, Hypothesis, Range

WIDTH, HEIGHT = 860, 300
_LEFT, _RIGHT, _TOP, _FOOT = 58, 16, 14, 46

GRADE_COLOURS = {Grade.A: "#1f5f8b", Grade.B: "#6fa3c4", Grade.C: "#cfd8e0"}
"""Dark is better evidence, also on a printer without colours."""

_CURVE_COLOURS = {Hypothesis.CLIENT: "#1f5f8b", Hypothesis.ENDPOINT: "#b4532a"}

_DAY = 86_400


def coverage(curves: Iterable[Curve]) -> str:
    """Return a chart of what removing the first k actors would remove, as bands, k on a log axis.

    Below and above the curve of an actor lies what cannot be told from what was seen.
    """
    drawn = [curve for curve in curves if curve.k]
    if not drawn:
        return _svg("Nothing was ranked", HEIGHT, [_text(WIDTH / 2, HEIGHT / 2, "no actors")])
    most = max(max(curve.k) for curve in drawn)
    top = _nice(max(max(curve.high) for curve in drawn))
    parts = [_rule(_y(share, top), _percent(share)) for share in _steps(top)]
    parts += [_tick(_log_x(k, most), f"{k:,}") for k in _ones_and_threes(most)]
    parts.append(_text(WIDTH - _RIGHT, HEIGHT - 8, "actors removed, in order", "end"))
    for number, curve in enumerate(drawn):
        parts += _band(curve, most, top)
        parts += _legend(number, _CURVE_COLOURS[curve.hypothesis], curve.hypothesis.value)
    return _svg("Share of known contents removed with the first actors", HEIGHT, parts)


def timeline(slots: Sequence[Slot], unit: int) -> str:
    """Return a chart of sightings by grade, per ``unit`` seconds or several where they are many.

    ``slots`` are of one unit each, in order of time; those with no sighting may be left out.
    """
    if not slots:
        return _svg("No sightings", 120, [_text(WIDTH / 2, 60, "no sightings")])
    first, last = slots[0].start // unit, slots[-1].start // unit
    step = max(1, ceil((last - first + 1) / 180))
    bins = _binned(slots, unit, first, last, step)
    most = max(sum(counts.values()) for counts in bins)
    wide = (WIDTH - _LEFT - _RIGHT) / len(bins)
    parts = [_rule(_y(part, 1, 190), f"{part * most:,.0f}") for part in (0.0, 0.5, 1.0)]
    for number, counts in enumerate(bins):
        parts += _column(_LEFT + number * wide, wide, counts, most)
    for number in _labelled(len(bins)):
        start = datetime.fromtimestamp((first + number * step) * unit, UTC)
        label = f"{start:%d %b %Y}" if unit == _DAY else f"{start:%H:%M}"
        parts.append(_text(_LEFT + (number + 0.5) * wide, 162, label))
    for number, grade in enumerate(Grade):
        parts += _legend(number, GRADE_COLOURS[grade], f"grade {grade.name}", 190)
    one = "day" if unit == _DAY else "hour"
    parts.append(_text(WIDTH - _RIGHT, 182, f"per {one if step == 1 else f'{step} {one}s'}", "end"))
    return _svg("Sightings over time, by grade", 190, parts)


def range_bar(found: Range, most: float) -> str:
    """Return a small bar from ``low`` to ``high`` of a scale from 0 to ``most``."""
    scale = 100 / most if most > 0 else 0.0
    low, high = found.low * scale, found.high * scale
    return (
        f'<svg class="range" viewBox="0 0 100 10" preserveAspectRatio="none" role="img"'
        f' aria-label="{figure(found)}"><rect y="4" width="100" height="2" fill="#e6ebef"/>'
        f'<rect width="{low:.2f}" y="3" height="4" fill="#6fa3c4"/>'
        f'<rect x="{low:.2f}" width="{max(high - low, 0.8):.2f}" height="10" fill="#1f5f8b"/></svg>'
    )


def mix(grades: Mapping[Grade, int]) -> str:
    """Return a small bar with the shares of the grades."""
    total, at, parts = sum(grades.values()) or 1, 0.0, list[str]()
    for grade in Grade:
        wide = 100 * grades.get(grade, 0) / total
        parts.append(
            f'<rect x="{at:.2f}" width="{wide:.2f}" height="10" fill="{GRADE_COLOURS[grade]}"/>'
        )
        at += wide
    words = ", ".join(f"{grades.get(grade, 0):,} of grade {grade.name}" for grade in Grade)
    return (
        '<svg class="mix" viewBox="0 0 100 10" preserveAspectRatio="none" role="img"'
        f' aria-label="{words}">{"".join(parts)}</svg>'
    )


def _svg(label: str, height: float, parts: Iterable[str]) -> str:
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
            f' aria-label="{escape(label)}" font-family="system-ui, sans-serif" font-size="12"'
            ' fill="#1b2430">',
            *parts,
            "</svg>",
        ]
    )


def _band(curve: Curve, most: int, top: float) -> list[str]:
    colour = _CURVE_COLOURS[curve.hypothesis]
    xs = [_log_x(k, most) for k in curve.k]
    low = [f"{x:.1f},{_y(share, top):.1f}" for x, share in zip(xs, curve.low, strict=True)]
    high = [f"{x:.1f},{_y(share, top):.1f}" for x, share in zip(xs, curve.high, strict=True)]
    line = 'fill="none" stroke-width="1.5"'
    return [
        f'<polygon points="{" ".join(low + high[::-1])}" fill="{colour}" opacity="0.22"/>',
        f'<polyline points="{" ".join(low)}" {line} stroke="{colour}"/>',
        f'<polyline points="{" ".join(high)}" {line} stroke="{colour}" stroke-dasharray="4 3"/>',
    ]


def _log_x(k: int, most: int) -> float:
    return _LEFT + (WIDTH - _LEFT - _RIGHT) * log10(k) / max(log10(most), 1e-9)


def _y(share: float, top: float, height: float = HEIGHT) -> float:
    return height - _FOOT - share / top * (height - _FOOT - _TOP)


def _nice(share: float) -> float:
    """Return the next of 1, 2, 5 × a power of ten at or above ``share``, at most 1."""
    if share <= 0:
        return 1.0
    power = 10.0 ** floor(log10(share))
    return min(1.0, next(n * power for n in (1, 2, 5, 10) if n * power >= share * 0.999))


def _steps(top: float) -> list[float]:
    return [top * part / 4 for part in range(5)]


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%"


def _ones_and_threes(most: int) -> list[int]:
    marks = [n * 10**power for power in range(10) for n in (1, 3)]
    return [mark for mark in marks if mark <= most]


def _labelled(count: int) -> list[int]:
    """Return which of ``count`` columns get a date: at most six, away from the edges."""
    every = max(1, ceil(count / 6))
    return list(range(every // 2, count, every))


def _binned(
    slots: Sequence[Slot], unit: int, first: int, last: int, step: int
) -> list[dict[Grade, int]]:
    bins = [dict.fromkeys(Grade, 0) for _ in range((last - first) // step + 1)]
    for slot in slots:
        for grade, count in slot.counts.items():
            bins[(slot.start // unit - first) // step][grade] += count
    return bins


def _column(x: float, wide: float, counts: Mapping[Grade, int], most: int) -> list[str]:
    parts, below = list[str](), 0.0
    for grade in Grade:
        if counts[grade]:
            top = _y((below + counts[grade]) / most, 1, 190)
            height = _y(below / most, 1, 190) - top
            parts.append(
                f'<rect x="{x:.2f}" y="{top:.2f}" width="{max(wide * 0.86, 0.6):.2f}"'
                f' height="{max(height, 0.5):.2f}" fill="{GRADE_COLOURS[grade]}"/>'
            )
        below += counts[grade]
    return parts


def _legend(number: int, colour: str, name: str, height: float = HEIGHT) -> list[str]:
    x, y = _LEFT + 180 * number, height - 8
    return [
        f'<rect x="{x}" y="{y - 9}" width="10" height="10" fill="{colour}"/>',
        _text(x + 15, y, name, "start"),
    ]


def _rule(y: float, label: str) -> str:
    line = f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#d9dfe6"/>'
    return line + _text(_LEFT - 6, y + 4, label, "end")


def _tick(x: float, label: str) -> str:
    return _text(x, HEIGHT - _FOOT + 16, label)


def _text(x: float, y: float, text: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
