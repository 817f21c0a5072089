"""The content box: where a picture stands on an even ground, as in chats and on cards."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.views.luma import ReducedLuma
from tidebreak.model import Box

_GROUND = 8
"""Levels of grey by which the ground may vary."""

_ROW, _LINE = 0.3, 0.5
"""How much of a row, and then of the box's own lines, must differ from the ground."""

_GAP = 0.01
"""Shorter interruptions, as a share of the side, do not end a picture."""


def content_box(luma: ReducedLuma) -> Box | None:
    """Return the largest box that differs from the picture's most frequent level, if any does.

    Text and signs cover little of a row, so the longest run of well covered rows is the picture.
    """
    levels = np.bincount((luma.blocks.ravel() / _GROUND).astype(np.int64), minlength=32)
    ground = (int(levels.argmax()) + 0.5) * _GROUND
    differs = np.abs(luma.blocks - np.float32(ground)) > _GROUND
    rows = _longest(differs.mean(axis=1) > _ROW)
    if rows.start == rows.stop:
        return None
    columns = _longest(differs[rows].mean(axis=0) > _LINE)
    if columns.start == columns.stop:
        return None
    inner = _longest(differs[rows, columns].mean(axis=1) > _LINE)
    top, bottom = rows.start + inner.start, rows.start + inner.stop
    f = luma.factor
    right, lower = min(columns.stop * f, luma.width), min(bottom * f, luma.height)
    return columns.start * f, top * f, right, lower


def _longest(covered: NDArray[np.bool_]) -> slice:
    """Return the longest run of True, short gaps included."""
    ends = np.flatnonzero(np.diff(np.concatenate([[0], covered.astype(np.int8), [0]])))
    starts, stops = ends[::2].tolist(), ends[1::2].tolist()
    if not starts:
        return slice(0, 0)
    most = max(2, int(len(covered) * _GAP))
    merged = [[starts[0], stops[0]]]
    for start, stop in zip(starts[1:], stops[1:], strict=True):
        if start - merged[-1][1] <= most:
            merged[-1][1] = stop
        else:
            merged.append([start, stop])
    start, stop = max(merged, key=lambda run: run[1] - run[0])
    return slice(start, stop)
