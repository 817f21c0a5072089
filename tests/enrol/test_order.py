from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tidebreak.enrol.order import Ids, Order
from tidebreak.reach import Reach


def test_what_is_not_said_is_what_reveals_least():
    order = Order((Path("x"),), "own")
    assert (order.ids, order.exact, order.reach) == (Ids.SEALED, False, Reach.STANDARD)


def test_the_command_line_learns_the_choices_without_loading_kernels():
    code = "import sys, tidebreak.enrol.order; sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
