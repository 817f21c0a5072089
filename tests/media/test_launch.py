from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tidebreak.media import launch as launching
from tidebreak.media.launch import launch

SOURCE = Path(launching.__file__).parents[2]


@pytest.fixture
def module(tmp_path: Path, monkeypatch) -> str:
    """A module, in a package of its own, that says what it finds."""
    package = tmp_path / "folder" / "launched"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "said.py").write_text(
        "import json, os, sys\n"
        "def main():\n"
        "    fds = sorted(int(fd) for fd in os.listdir('/proc/self/fd'))\n"
        "    leads = os.getsid(0) == os.getpid()\n"
        "    said = [sys.argv[1:], dict(os.environ), os.getcwd(), fds, leads]\n"
        "    os.write(int(sys.argv[1]), json.dumps(said).encode())\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path / "folder"))
    return "launched.said"


def test_nothing_is_inherited_but_what_is_given(module: str, monkeypatch):
    monkeypatch.setenv("SECRET", "1")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    reading, writing = os.pipe()
    kept = os.open("/dev/null", os.O_RDONLY)
    os.set_inheritable(kept, True)
    with open(os.devnull, "wb") as errors:  # noqa: PTH123
        process = launch(
            module, (writing, "x"), passed=(writing,), errors=errors.fileno(),
            packages=("launched",),
        )  # fmt: skip
        assert process.wait(20) == 0
    os.close(writing)
    arguments, environment, folder, fds, leads = json.loads(os.read(reading, 1 << 16))
    os.close(reading)
    os.close(kept)
    assert arguments == [str(writing), "x"]
    assert "SECRET" not in environment
    assert "PYTHONPATH" not in environment
    assert environment["OMP_NUM_THREADS"] == "1"
    assert (folder, leads) == ("/", True)
    assert len(set(fds) - {0, 1, 2, writing}) == 1  # the one that lists them


def test_it_dies_with_its_parent():
    script = (
        f"import sys; sys.path.append({str(SOURCE)!r})\n"
        "import os, time\n"
        "from tidebreak.media.launch import die_with\n"
        "parent = os.getpid()\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    die_with(parent)\n"
        "    print(os.getpid(), flush=True)\n"
        "    time.sleep(60)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-I", "-c", script], stdout=subprocess.PIPE) as process:
        child = int(process.stdout.readline())
        process.kill()
    deadline = time.monotonic() + 10
    while _is_alive(child):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_one_whose_parent_is_gone_already_does_not_begin():
    script = (
        f"import sys; sys.path.append({str(SOURCE)!r})\n"
        "from tidebreak.media.launch import die_with\n"
        "die_with(1)\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, check=False)
    assert b"the parent is gone" in done.stderr


def test_silence():
    script = (
        f"import sys; sys.path.append({str(SOURCE)!r})\n"
        "from tidebreak.media.launch import silence\n"
        "print('heard', file=sys.stderr); silence(); print('unheard', file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, check=True)
    assert done.stderr == b"heard\n"


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
