"""Tidebreak's own methods: what a scan does at each depth, with and without enrolled media."""

from __future__ import annotations

from tidebreak.calibration.installed import enrolled_method, own_method, plain_pdq
from tidebreak.calibration.methods import Method
from tidebreak.calibration.verified import Verified
from tidebreak.model import Depth


def ours() -> list[Method]:
    return [
        plain_pdq(),
        *(own_method(depth) for depth in Depth),
        enrolled_method(Depth.STANDARD),
        Verified(),
    ]
