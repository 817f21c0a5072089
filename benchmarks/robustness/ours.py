"""Tidebreak's own methods: what a scan does at each depth, with and without enrolled media."""

from __future__ import annotations

from tidebreak.calibration.installed import own_method, plain_pdq
from tidebreak.calibration.methods import Method
from tidebreak.model import Depth


def ours() -> list[Method]:
    return [plain_pdq(), *(own_method(depth) for depth in Depth)]
