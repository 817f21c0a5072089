"""What a descriptor is: the declaration of a model that its user brings along.

A descriptor is a learned model, as an ONNX file, that makes a vector of a picture. Nothing here
ships or fetches one. ``descriptors/NAME.toml`` in the installation's home says what the model
expects and what distances between its vectors mean; ``docs/descriptors.md`` explains every line.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from enum import StrEnum
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import Any, get_type_hints

from tidebreak.errors import UsageError
from tidebreak.vectors import MOST_DIMENSIONS, NAME, Metric, header

_LARGEST_SIDE = 2048
_MODEL_DIGITS = 16
"""Digits of the model's SHA-256 that a match shows."""


class Resize(StrEnum):
    """How a picture is brought to the model's size."""

    STRETCH = "stretch"
    """To exactly that size, whatever becomes of its proportions."""
    CROP = "crop"
    """Until it covers the size; the middle is taken."""
    PAD = "pad"
    """Until it fits into the size; the rest is black."""


class Interpolation(StrEnum):
    """How pixels are resampled, as Pillow does it (with antialiasing)."""

    NEAREST = "nearest"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    LANCZOS = "lanczos"


class Channels(StrEnum):
    """The order of the colours."""

    RGB = "rgb"
    BGR = "bgr"


class Layout(StrEnum):
    """The order of the dimensions: batch (always 1), channels, height, width."""

    NCHW = "nchw"
    NHWC = "nhwc"


Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Preparation:
    """From canonical pixels (0-255) to the model's input: (pixel x ``scale`` - mean) / std.

    ``mean`` and ``std`` are in the order of ``channels``.
    """

    width: int
    height: int
    resize: Resize = Resize.STRETCH
    interpolation: Interpolation = Interpolation.BILINEAR
    channels: Channels = Channels.RGB
    layout: Layout = Layout.NCHW
    scale: float = 1 / 255
    mean: Triple = (0.0, 0.0, 0.0)
    std: Triple = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Bands:
    """Distances up to which a vector means each level, and who says so on what grounds.

    There is no level above: a learned model never decides alone.
    """

    possible: float
    lead: float
    author: str
    reason: str


@dataclass(frozen=True)
class Descriptor:
    """One model of the user's: ``file`` with its ``sha256``, and what its ``output`` means."""

    name: str
    file: str
    sha256: str
    metric: Metric
    dimension: int
    output: str
    input: Preparation
    thresholds: Bands

    @property
    def algorithm(self) -> str:
        """What a match says found it."""
        return f"{self.name} sha256:{self.sha256[:_MODEL_DIGITS]}"

    @cached_property
    def header(self) -> bytes:
        """What every vector of this model begins with (`tidebreak.vectors`)."""
        return header(self.name, self.sha256, self.metric, self.dimension)


def read(path: Path) -> Descriptor:
    """Return what the declaration at ``path`` says; raise `UsageError` when it says nothing clear.

    Its name is that of the file, and so is that of the model beside it: ``NAME.onnx``.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not valid TOML ({error}); correct it.") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}); correct that.") from None
    given = {"name": path.stem, "file": str(path.absolute().with_suffix(".onnx"))}
    try:
        if both := sorted(set(values) & set(given)):
            raise ValueError(f"unknown name '{both[0]}'")
        return from_values(values | given)
    except ValueError as error:
        raise UsageError(f"{path}: {error}; see docs/descriptors.md.") from None


def from_values(values: Mapping[str, Any]) -> Descriptor:
    """Return the descriptor that nested ``values`` describe, as TOML or JSON give them.

    Raises ``ValueError`` for anything missing, unknown or impossible.
    """
    found = _filled(Descriptor, values)
    _check(found)
    return found


def _check(found: Descriptor) -> None:
    digits = found.sha256
    limits, picture = found.thresholds, found.input
    problems = {
        "its name must be of a-z, 0-9, '.', '_' and '-', at most 40": NAME.fullmatch(found.name),
        "'sha256' must be 64 digits in lower case": len(digits) == 64
        and not digits.strip("0123456789abcdef"),
        f"'dimension' must be from 1 to {MOST_DIMENSIONS}": 0 < found.dimension <= MOST_DIMENSIONS,
        "'dimension' must be a multiple of 8 for hamming": found.metric is not Metric.HAMMING
        or not found.dimension % 8,
        f"'width' and 'height' must be from 1 to {_LARGEST_SIDE}": all(
            0 < side <= _LARGEST_SIDE for side in (picture.width, picture.height)
        ),
        "'std' must not hold 0": all(picture.std),
        "'thresholds' must grow: 0 <= possible <= lead": 0 <= limits.possible <= limits.lead,
        "'thresholds' need an 'author' and a 'reason'": limits.author and limits.reason,
    }
    for problem, fine in problems.items():
        if not fine:
            raise ValueError(problem)


def _filled(kind: Any, values: Mapping[str, Any]) -> Any:
    """Return a ``kind`` (a dataclass) made of ``values``, every one of the right type."""
    types = get_type_hints(kind)
    needed = {item.name: item.default is MISSING for item in fields(kind)}
    if unknown := sorted(set(values) - set(needed)):
        raise ValueError(f"unknown name '{unknown[0]}'; known here: {', '.join(needed)}")
    if missing := [name for name, must in needed.items() if must and name not in values]:
        raise ValueError(f"'{missing[0]}' is missing")
    return kind(**{name: _value(name, types[name], value) for name, value in values.items()})


def _value(name: str, kind: Any, value: Any) -> Any:
    if is_dataclass(kind) and isinstance(value, Mapping):
        return _filled(kind, value)
    if kind == Triple and isinstance(value, list | tuple) and len(value) == 3:
        return tuple(_value(name, float, part) for part in value)
    if kind is float and type(value) is int:
        value = float(value)
    if isinstance(kind, type) and issubclass(kind, StrEnum) and value in tuple(kind):
        return kind(value)
    if type(value) is not kind or (type(value) is float and not isfinite(value)):
        raise ValueError(f"'{name}' must be {_WANTED.get(kind, kind)}, not {value!r}")
    return value


_WANTED: dict[Any, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    Triple: "three numbers",
    Preparation: "a table",
    Bands: "a table",
} | {
    kind: f"one of {', '.join(kind)}" for kind in (Metric, Resize, Interpolation, Channels, Layout)
}
