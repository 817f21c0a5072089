"""Frames of a video as vPDQ writes them: one text per frame.

Source: facebook/ThreatExchange, ``vpdq/README.md`` and ``vpdq/cpp`` (``frame,quality,hash,seconds``
per line), and python-threatexchange, ``extensions/vpdq`` (``hash,quality,seconds``).

python-threatexchange writes seconds with three significant digits (``1.23e+03``): beyond 100 s
many frames bear one time. Such a run is spread evenly over the time that its rounding covers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from tidebreak.errors import BadSignal
from tidebreak.hashing.frames import Area, FrameSequence
from tidebreak.model import Signal
from tidebreak.signals import signal_type

_VPDQ = signal_type("vpdq")
_HASH = re.compile(r"[0-9A-Fa-f]{64}")
_LATEST_MS = (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class VpdqFrame:
    """One frame: its number (-1 where none is given), quality (0-100), hash and time."""

    number: int
    quality: int
    hash: bytes
    seconds: float


def parse_frame(text: str) -> VpdqFrame:
    """Return the frame that ``text`` writes, in either order; raise `BadSignal`."""
    cells = [cell.strip() for cell in text.split(",")]
    if len(cells) == 4:
        number, quality, value, seconds = cells
        return frame_of(number, quality, value, seconds)
    if len(cells) == 3:
        value, quality, seconds = cells
        return frame_of(-1, quality, value, seconds)
    raise BadSignal(f"vpdq: {len(cells)} values; expected frame, quality, hash and seconds")


def frame_of(number: object, quality: object, value: object, seconds: object) -> VpdqFrame:
    """Return the frame with these values, each as text or as JSON has it; raise `BadSignal`."""
    if not isinstance(value, str) or not _HASH.fullmatch(value):
        raise BadSignal("vpdq: a hash that is not 64 hexadecimal digits")
    try:
        found = VpdqFrame(
            int(str(number)), int(str(quality)), bytes.fromhex(value), float(str(seconds))
        )
    except ValueError:
        raise BadSignal("vpdq: a frame, quality or time that is no number") from None
    if not 0 <= found.quality <= 100:
        raise BadSignal("vpdq: a quality beyond 0 to 100")
    if not (math.isfinite(found.seconds) and 0 <= found.seconds * 1000 <= _LATEST_MS):
        raise BadSignal("vpdq: a time that no video has")
    return found


def signals_of(frames: Iterable[VpdqFrame]) -> tuple[Signal, ...]:
    """Return ``frames`` as signals, in the order of time."""
    ordered = sorted(frames, key=lambda frame: frame.seconds)
    times = spread_times([frame.seconds for frame in ordered])
    return tuple(
        Signal(_VPDQ, round(seconds * 1000).to_bytes(4) + frame.hash, frame.quality)
        for seconds, frame in zip(times, ordered, strict=True)
    )


def spread_times(seconds: Sequence[float]) -> list[float]:
    """Return ascending ``seconds``, runs of one time spread over what three digits round to it."""
    runs = [(value, len(list(run))) for value, run in groupby(seconds)]
    spread: list[float] = []
    step = 0.0
    for number, (value, count) in enumerate(runs, 1):
        below, above = _rounded_away(value) if count > 1 else (0.0, 0.0)
        whole = (below + above) / count
        # The last run may break off before its end.
        step = min(step, whole) if number == len(runs) and number > 1 else whole
        spread += [value - below + step * (place + 0.5) for place in range(count)]
    return spread


def _rounded_away(value: float) -> tuple[float, float]:
    """Return how far below and above ``value`` lies what three significant digits make of it."""
    if value < 100 or value != float(f"{value:.3g}"):
        return 0.0, 0.0
    above = 10.0 ** (math.floor(math.log10(value)) - 2) / 2
    is_power_of_ten = float(f"{value:.0e}") == value and f"{value:.0e}".startswith("1")
    return above / 10 if is_power_of_ten else above, above


def to_text(sequence: FrameSequence) -> str:
    """Return the upright full frames of ``sequence`` as a vPDQ file: one line per frame."""
    return "".join(
        f"{number},{frame['quality']},{frame['hash'].tobytes().hex()},{frame['time'] / 1000:.3f}\n"
        for number, frame in enumerate(sequence.track(Area.FULL).records)
    )
