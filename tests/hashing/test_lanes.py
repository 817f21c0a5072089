"""The vector code and the choice of when to use it."""

from __future__ import annotations

import os
import subprocess
import sys
from math import inf

import pytest

from tidebreak.hashing.lanes import lane_cost, vector_width


def test_the_widest_vectors_of_a_machine_are_found(monkeypatch: pytest.MonkeyPatch):
    found: list[int] = []
    for features in ("+sse4.2", "+sse4.2,+avx2,-avx512f", "+avx2,+avx512f,+avx512bw"):
        monkeypatch.setattr("numba.core.config.CPU_FEATURES", features, raising=False)
        vector_width.cache_clear()
        found.append(vector_width())
    vector_width.cache_clear()
    assert found == [128, 256, 512]


def test_lanes_never_pay_for_sha256_without_wide_vectors(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tidebreak.hashing.lanes.vector_width", lambda: 128)
    assert lane_cost("sha256") == inf
    assert lane_cost("md") < 1


_EVERY_KERNEL = """
import hashlib, sys
import numpy as np
from tidebreak.hashing import digests, lanes, md, seals, sha
from tidebreak.hashing.arrays import readonly
from tidebreak.hashing.batch import Batch
from tidebreak.signals import SIGNAL_TYPES
data = readonly(hashlib.shake_256(b"every kernel").digest(300_000))
blobs = [data[: size].tobytes() for size in range(0, 40_000, 2_477)] + [data.tobytes()]
out = [signal.value for signals, _ in digests.digest_many(blobs) for signal in signals]
batch = Batch.rows(data, 1_000)
for compression, kernel in ((sha.SHA1, sha._sha1_lanes), (sha.SHA256, sha._sha256_lanes),
                            (md.MD4, md._md4_lanes), (md.MD5, md._md5_lanes)):
    out.append(batch.in_lanes(compression, kernel).tobytes())
rows = data[: 32 * 100].reshape(-1, 32)
out.append(seals.Sealer(b"k" * 32).seal_many(SIGNAL_TYPES["sha256"], rows).tobytes())
print(lanes.vector_width(), hashlib.sha256(b"".join(out)).hexdigest())
"""


def _run_with(**environment: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", _EVERY_KERNEL],
        env={**os.environ, **environment},
        capture_output=True,
        check=True,
        text=True,
    )
    return done.stdout.split()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="names of x86-64 levels")
def test_every_result_is_the_same_without_wide_vectors(tmp_path: object):
    if os.uname().machine != "x86_64":
        pytest.skip("names of x86-64 levels")
    plain = _run_with(
        NUMBA_CPU_NAME="x86-64-v2", NUMBA_CPU_FEATURES="", NUMBA_CACHE_DIR=str(tmp_path)
    )
    assert plain == ["128", _run_with()[1]]
