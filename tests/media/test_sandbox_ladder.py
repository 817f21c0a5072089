"""The ladder, by what the kernel says in /proc of a process that climbed it."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tidebreak.media import sandbox_ladder, sandbox_landlock
from tidebreak.media.sandbox_ladder import Posture, Rung

SOURCE = str(Path(sandbox_ladder.__file__).parents[2])
GIB = 1 << 30


class Climbed:
    """A process that has locked itself down: its posture, and what /proc says while it lives."""

    def __init__(self, before: str = "", then: str = "", memory: int = GIB, **start: Any) -> None:
        script = (
            f"import sys; sys.path.append({SOURCE!r})\n"
            "import ctypes, json, os, resource, threading, time\n"
            "from dataclasses import asdict\n"
            "from tidebreak.media import sandbox_ladder, sandbox_landlock, sandbox_seccomp\n"
            "from tidebreak.settings import Limits\n"
            "def missing(**_): raise OSError(38, 'Function not implemented')\n"
            "libraries, said = [], []\n"
            f"{before}\n"
            f"posture = sandbox_ladder.lock_down(Limits(memory_bytes={memory}), libraries)\n"
            f"{then}\n"
            "print(json.dumps([[asdict(rung) for rung in posture.rungs], said]), flush=True)\n"
            "sys.stdin.read()\n"
        )
        with subprocess.Popen(
            [sys.executable, "-I", "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **start,
        ) as process:
            line = process.stdout.readline()
            if line:
                place = Path("/proc", str(process.pid))
                self.limits = _limits(Path(place, "limits").read_text())
                self.threads = [
                    _fields(Path(task, "status").read_text())
                    for task in Path(place, "task").iterdir()
                ]
            _, errors = process.communicate()
        assert process.returncode == 0, errors.decode()
        rungs, self.said = json.loads(line)
        self.posture = Posture(tuple(Rung(**rung) for rung in rungs))


def _fields(status: str) -> dict[str, str]:
    return dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)


def _limits(table: str) -> dict[str, tuple[str, str]]:
    """Soft and hard limits by name; the columns of /proc/<pid>/limits have fixed widths."""
    lines = table.splitlines()[1:]
    return {line[:25].strip(): (line[26:46].strip(), line[47:67].strip()) for line in lines}


def test_the_kernel_agrees_with_the_posture():
    climbed = Climbed()
    (status,) = climbed.threads
    assert status["NoNewPrivs"] == "1"
    assert {int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {0}
    assert (status["Seccomp"] == "2") is climbed.posture.rungs[3].held
    wanted = {
        "Max address space": GIB,
        "Max data size": GIB,
        "Max file size": 0,
        "Max core file size": 0,
        "Max open files": 256,
        "Max cpu time": 86400,
    }
    assert {name: climbed.limits[name] for name in wanted} == {
        name: (str(most), str(most)) for name, most in wanted.items()
    }
    assert climbed.posture.rungs[1].detail.startswith("1,024 MiB of memory")


def test_a_thread_that_was_there_before_is_filtered_as_well():
    climbed = Climbed("threading.Thread(target=time.sleep, args=[1], daemon=True).start()")
    assert len(climbed.threads) == 2
    filtered = "2" if climbed.posture.rungs[3].held else "0"
    assert [thread["Seccomp"] for thread in climbed.threads] == [filtered] * 2


def test_stricter_limits_that_were_there_before_stay_and_are_what_the_posture_says():
    def stricter() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (512 << 20, 512 << 20))
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        resource.setrlimit(resource.RLIMIT_CPU, (50, 100))

    climbed = Climbed(preexec_fn=stricter)
    assert climbed.posture.rungs[1].held
    assert climbed.limits["Max address space"] == (str(512 << 20), str(512 << 20))
    assert climbed.limits["Max open files"] == ("64", "64")
    assert climbed.limits["Max cpu time"] == ("100", "100")
    assert climbed.posture.rungs[1].detail.startswith("512 MiB of memory")


def test_without_seccomp_the_number_of_processes_is_limited_instead():
    climbed = Climbed("sandbox_seccomp.restrict = missing")
    assert climbed.limits["Max processes"] == ("0", "0")
    assert not climbed.posture.rungs[3].held
    assert climbed.threads[0]["Seccomp"] == "0"
    assert climbed.threads[0]["NoNewPrivs"] == "1"


def test_a_rung_that_breaks_off_does_not_keep_it_from_the_higher_ones():
    climbed = Climbed("sandbox_ladder.drop_capabilities = missing")
    assert climbed.posture.level == 1
    assert [rung.held for rung in climbed.posture.rungs][1] is False
    assert climbed.threads[0]["Seccomp"] == ("2" if climbed.posture.rungs[3].held else "0")
    assert climbed.limits["Max address space"] == (str(GIB), str(GIB))


def _landlock() -> bool:
    try:
        return sandbox_landlock.version() > 0
    except OSError:
        return False


LANDLOCK = pytest.mark.skipif(not _landlock(), reason="this kernel has no Landlock")


@LANDLOCK
def test_libraries_are_readable_and_their_neighbours_are_not(tmp_path: Path):
    for name in ("mine", "linker", "yours"):
        Path(tmp_path, name).mkdir()
        Path(tmp_path, name, "a").write_text(name)
    climbed = Climbed(
        f"libraries.append({str(tmp_path / 'mine')!r})",
        f"for name in ('mine', 'linker', 'yours'):\n"
        f"    try: said.append(open({str(tmp_path)!r} + '/' + name + '/a').read())\n"
        "    except PermissionError: said.append('refused')\n"
        "said.append(os.listdir(os.path.dirname(os.__file__)) != [])",
        env={"LD_LIBRARY_PATH": f"relative:{tmp_path / 'linker'}:"},
        cwd=tmp_path / "yours",
    )
    assert climbed.said == ["mine", "linker", "refused", True]


@LANDLOCK
def test_a_folder_that_it_may_not_enter_does_not_cost_it_landlock(tmp_path: Path):
    locked = tmp_path / "locked"
    Path(locked, "libraries").mkdir(parents=True)
    locked.chmod(0)
    # Closed to root as well, which has given up its capabilities by then.
    climbed = Climbed(f"libraries.append({str(locked / 'libraries')!r})")
    locked.chmod(0o700)
    assert climbed.posture.rungs[2].held, climbed.posture.summary


def test_the_summary_names_what_holds_and_why_the_rest_does_not():
    rungs = (Rung("limits", held=True, detail="few"), Rung("seccomp", held=False, detail="old"))
    assert Posture(rungs).summary == "limits: few; no seccomp (old)"


def test_folders_of_the_linker_count_only_where_they_are_absolute(monkeypatch):
    monkeypatch.setenv("LD_LIBRARY_PATH", f"lib::/opt/lib:.:{os.sep}srv")
    found = sandbox_ladder._library_folders()
    assert {"/opt/lib", "/srv", sys.prefix, "/usr/lib"} <= set(found)
    assert not {"lib", "", "."} & set(found)
