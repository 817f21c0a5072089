from __future__ import annotations

import subprocess
import sys

import numpy as np

from tidebreak.index import NearIndex

FEW = """
import sys
import numpy as np
from tidebreak.index import ExactIndex, NearIndex
near = NearIndex.open(sys.argv[1])
assert near.search(np.zeros((1, 32), np.uint8), 60)[1].tolist() == [0]
assert "numba" not in sys.modules
for _ in range(100):
    assert near.search(np.zeros((1, 32), np.uint8), 60)[1].tolist() == [0]
assert "numba" in sys.modules
"""


def test_a_few_questions_do_not_load_the_compiler_and_many_do(tmp_path, rng):
    entries = rng.integers(0, 256, (9000, 32), dtype=np.uint8)
    entries[0] = 0
    NearIndex.build(entries).save(tmp_path / "near.index")
    subprocess.run([sys.executable, "-c", FEW, str(tmp_path / "near.index")], check=True)
