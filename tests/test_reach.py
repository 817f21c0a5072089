from __future__ import annotations

import subprocess
import sys

from tidebreak.hashing.regions import regions_of
from tidebreak.reach import Reach


def test_each_reach_has_more_parts_than_the_one_before():
    counts = [len(regions_of(reach)) for reach in Reach]
    assert counts == sorted(set(counts))


def test_it_is_known_without_loading_numpy():
    code = "import sys, tidebreak.reach; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
