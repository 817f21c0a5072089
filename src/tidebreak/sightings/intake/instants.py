"""Times of logs, in whatever form and zone, to seconds since 1970 UTC."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from tidebreak.errors import UsageError
from tidebreak.hashing.arrays import Ints
from tidebreak.sightings.text_kernels import NAIVE, parse_numbers, parse_times
from tidebreak.sightings.texts import Mask, Texts

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a clock's reading, whatever its zone
_SLOT = 900
"""Clocks have been changed at whole quarters of an hour ever since logs were written."""


@dataclass(frozen=True, slots=True)
class Instants:
    """``seconds`` (N,) int64 since 1970 UTC; masks say what is not understood, was skipped, twice.

    ``skipped``: the clocks never showed this local time. ``twice``: they showed it two times,
    and the first of them is taken.
    """

    seconds: Ints
    unread: Mask
    skipped: Mask
    twice: Mask


def zone_of(name: str) -> ZoneInfo | None:
    """Return the time zone called ``name`` (IANA), None for ""; raises `UsageError`."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(
            f"There is no time zone '{name}'; say an IANA name such as Europe/Berlin or UTC."
        ) from None


def read_instants(texts: Texts, form: str, zone: ZoneInfo | None) -> Instants:
    """Return the instants that ``texts`` name, in ``form`` (`tidebreak.sightings.intake.mapping`).

    Raises `UsageError` where times name no zone and none is given.
    """
    seconds, zones, ok = _READERS.get(form, _strptime(form))(texts)
    naive = ok & (zones == NAIVE)
    nothing = np.zeros(len(texts), np.bool_)
    if not naive.any():
        return Instants(seconds - np.where(ok, zones, 0), ~ok, nothing, nothing)
    if zone is None:
        raise UsageError(
            "Times in this log name no zone; say which clock it was: --timezone Europe/Berlin"
            " (or UTC)."
        )
    slots, places = np.unique(seconds[naive] // _SLOT, return_inverse=True)
    offsets = np.array([_offsets(int(slot) * _SLOT, zone) for slot in slots], np.int64)
    first, second = offsets[places, 0], offsets[places, 1]
    zones[naive] = first
    skipped, twice = nothing.copy(), nothing.copy()
    skipped[naive], twice[naive] = first < second, first > second
    return Instants(seconds - np.where(ok, zones, 0), ~ok, skipped, twice)


def _offsets(local: int, zone: ZoneInfo) -> tuple[int, int]:
    """Return seconds east of UTC at a local time, at its first and at its second occurrence."""
    moment = (_EPOCH + timedelta(seconds=local)).replace(tzinfo=zone)
    first = moment.utcoffset() or timedelta()
    second = moment.replace(fold=1).utcoffset() or timedelta()
    return int(first.total_seconds()), int(second.total_seconds())


_Read = tuple[Ints, Ints, Mask]
"""Seconds as the clock showed them, zones, and which are times."""


def _epoch(divisor: int) -> Callable[[Texts], _Read]:
    def read(texts: Texts) -> _Read:
        seconds = parse_numbers(texts)
        return seconds // divisor, np.zeros(len(texts), np.int64), seconds >= 0

    return read


def _strptime(form: str) -> Callable[[Texts], _Read]:
    """Return a reader of times in any other form; each distinct text is read once."""

    def read(texts: Texts) -> _Read:
        known: dict[bytes, tuple[int, int, bool]] = {}
        items = texts.to_list()
        for item in set(items):
            known[item] = _strptime_one(item, form)
        table = np.array([known[item] for item in items], np.int64).reshape(-1, 3)
        return table[:, 0].copy(), table[:, 1].copy(), table[:, 2].astype(np.bool_)

    return read


def _strptime_one(item: bytes, form: str) -> tuple[int, int, bool]:
    try:
        moment = datetime.strptime(item.decode(), form)  # noqa: DTZ007 - the zone may be elsewhere
    except ValueError:
        return 0, 0, False
    offset = moment.utcoffset()
    seconds = int((moment.replace(tzinfo=None) - _EPOCH).total_seconds())
    return seconds, int(NAIVE) if offset is None else int(offset.total_seconds()), True


_READERS = {"iso": parse_times, "epoch": _epoch(1), "epoch-ms": _epoch(1000)}


def now() -> int:
    """Return the time in seconds since 1970 UTC."""
    return int(datetime.now(UTC).timestamp())
