"""Start a Python process that inherits nothing but what it is given, and ends with its parent."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from tidebreak.media.sandbox_libc import PR_SET_PDEATHSIG, prctl

_START = (
    "import sys; folders = sys.argv[1].split(':'); del sys.argv[1]; sys.path += folders; "
    "from {} import main; main()"
)
_PASSED_ON = ("HOME", "XDG_CACHE_HOME", "LD_LIBRARY_PATH")


def launch(
    module: str,
    arguments: Sequence[object],
    *,
    passed: Sequence[int],
    errors: int,
    packages: Iterable[str],
) -> subprocess.Popen[bytes]:
    """Run ``main()`` of ``module`` with ``arguments`` as ``sys.argv[1:]`` in a new process.

    ``passed`` are the descriptors that it inherits, ``errors`` the one that it complains to,
    ``packages`` the names of those that it may import besides the standard library.
    """
    # -I: neither the working folder nor PYTHON* variables have a say in what is imported.
    command = [sys.executable, "-I", "-c", _START.format(module), ":".join(_folders(packages))]
    return subprocess.Popen(
        [*command, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        pass_fds=passed,
        env=_environment(),
        cwd="/",
        start_new_session=True,
    )


def die_with(parent: int) -> None:
    """Leave no orphan: the kernel kills this process when its parent, ``parent``, dies."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the parent is gone")
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def silence() -> None:
    """Complain to nobody from here on: what libraries print now is a stranger's text."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _environment() -> dict[str, str]:
    """Return the little that the process may know of the environment."""
    names = [*_PASSED_ON, *(name for name in os.environ if name.startswith("NUMBA_"))]
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    known = {name: os.environ[name] for name in names if name in os.environ}
    return {**known, **one_thread, "LC_ALL": "C.UTF-8"}


def _folders(packages: Iterable[str]) -> list[str]:
    specs = (importlib.util.find_spec(name) for name in packages)
    places = (Path(spec.origin).parent.parent for spec in specs if spec and spec.origin)
    return sorted({str(place.resolve()) for place in places})
