"""What the oblivious function is asked at: a signal with its space, and what comes out of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tidebreak.model import Signal
from tidebreak.signals import SEAL_SIZE, SignalKind, SignalType

Digests = NDArray[np.uint8]
"""The function's values as they are kept, uint8 (n, 16): the first bytes of 64."""


def input_of(type: SignalType, value: bytes) -> bytes:
    """Return the input that stands for a value: its space, a zero byte, what is compared."""
    return type.space.encode() + b"\x00" + type.comparable(value)


def inputs_of(signals: Sequence[Signal]) -> dict[bytes, str]:
    """Return the inputs of the exact signals among ``signals``, and the family of each."""
    exact = (signal for signal in signals if signal.type.kind is SignalKind.EXACT)
    return {input_of(signal.type, signal.value): signal.type.family for signal in exact}


def digests_of(outputs: Sequence[bytes]) -> Digests:
    """Return ``outputs`` cut to what is kept of them."""
    cut = b"".join([output[:SEAL_SIZE] for output in outputs])
    return np.frombuffer(bytearray(cut), np.uint8).reshape(-1, SEAL_SIZE)
