"""What a measuring process is told, and what it answers: numbers and words, never pixels.

A request is one line of JSON, then for each file a line with its name and size and its bytes, or
with its name and why there are none. An answer is lines of JSON that report progress, one that
describes the result, and its arrays one after the other, of shapes and types that follow from it:
nothing that a parser could trip over.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from tidebreak.calibration.corpus import Content, LeftOut
from tidebreak.calibration.measure import Outcome, Pairs
from tidebreak.model import Depth
from tidebreak.settings import Limits, Settings

MOST_PICTURES = 500
"""Pictures of one measurement: all are held in memory, and every edit meets every one."""

_LINE = 1 << 20
_MOST_BYTES = 1 << 28


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be measured; this process edits every ``parts``-th picture from ``part`` on."""

    settings: Settings
    transforms: tuple[str, ...]
    pictures: int
    family: int
    seed: int
    enrolled: bool = False
    part: int = 0
    parts: int = 1


@dataclass(frozen=True, slots=True)
class Reply:
    """What a process measured. ``hard`` holds the distances within each family."""

    outcome: Outcome
    hard: dict[str, Pairs]
    left_out: tuple[LeftOut, ...]
    sandbox: int
    sandbox_detail: str


class Broken(Exception):
    """An answer is not what a measuring process would say."""


def ask(stream: IO[bytes], request: Request, files: Iterable[tuple[str, Content]]) -> None:
    """Write a request; a reader that has enough may close the stream before its end."""
    _say(stream, asdict(request))
    for name, data in files:
        if isinstance(data, str):
            _say(stream, {"name": name, "why": data})
        else:
            _say(stream, {"name": name, "size": len(data)})
            stream.write(data)
    _say(stream, {})
    stream.flush()


def read_request(stream: IO[bytes]) -> Request:
    """Read the first line of a request."""
    values = _hear(stream)
    settings = values.pop("settings")
    limits, depth = Limits(**settings.pop("limits")), Depth(settings.pop("depth"))
    transforms = tuple(values.pop("transforms"))
    return Request(Settings(**settings, limits=limits, depth=depth), transforms, **values)


def read_files(stream: IO[bytes]) -> Iterator[tuple[str, Content]]:
    """Yield (name, content) of every file of a request."""
    while head := _hear(stream):
        yield head["name"], head.get("why") or stream.read(head["size"])


def report(stream: IO[bytes], done: int, total: int) -> None:
    """Say how far the work has come."""
    _say(stream, {"done": done, "total": total})
    stream.flush()


def answer(stream: IO[bytes], reply: Reply) -> None:
    """Write the result."""
    outcome = reply.outcome
    head = {
        "method": outcome.method, "transforms": outcome.transforms, "names": outcome.names,
        "hard": {name: distances.shape[1] for name, distances in reply.hard.items()},
        "left_out": [(item.name, item.why) for item in reply.left_out],
        "sandbox": reply.sandbox, "sandbox_detail": reply.sandbox_detail,
    }  # fmt: skip
    _say(stream, head)
    for array in (*arrays(outcome), *reply.hard.values()):
        stream.write(np.ascontiguousarray(array).tobytes())
    stream.flush()


def read_answer(stream: IO[bytes], on_progress: Callable[[int, int], None]) -> Reply:
    """Read a result; raises `Broken` for anything else, an end included."""
    try:
        while "done" in (head := _hear(stream)):
            on_progress(int(head["done"]), int(head["total"]))
        return _reply(stream, head)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Broken(str(error)) from None


def _reply(stream: IO[bytes], head: dict[str, Any]) -> Reply:
    names, transforms = _texts(head["names"]), _texts(head["transforms"])
    outcome = Outcome.empty(str(head["method"]), transforms, names)
    for array in arrays(outcome):
        array[...] = _read(stream, array.shape, array.dtype)
    hard = {
        str(name): _read(stream, (2, int(length)), np.dtype(np.int16))
        for name, length in head["hard"].items()
    }
    left_out = tuple(LeftOut(str(name), str(why)) for name, why in head["left_out"])
    return Reply(outcome, hard, left_out, int(head["sandbox"]), str(head["sandbox_detail"]))


def arrays(outcome: Outcome) -> tuple[NDArray[Any], ...]:
    """Return the arrays of an outcome; the edited pictures are their second axis."""
    return outcome.nearest, outcome.as_is, outcome.shown, outcome.hashes, outcome.seconds


def _texts(values: Sequence[Any]) -> list[str]:
    if len(values) > MOST_PICTURES:
        raise ValueError("more names than were asked for")
    return [str(value) for value in values]


def _read(stream: IO[bytes], shape: tuple[int, ...], kind: np.dtype[Any]) -> NDArray[Any]:
    size = math.prod(shape) * kind.itemsize
    if not 0 <= size <= _MOST_BYTES:
        raise ValueError("more than was asked for")
    return np.frombuffer(stream.read(size), kind).reshape(shape)


def _say(stream: IO[bytes], values: object) -> None:
    stream.write(json.dumps(values).encode() + b"\n")


def _hear(stream: IO[bytes]) -> dict[str, Any]:
    values = json.loads(stream.readline(_LINE))
    if not isinstance(values, dict):
        raise ValueError("not an object")
    return values
