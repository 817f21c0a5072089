from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tidebreak.media import sandbox, sandbox_ladder, sandbox_probes
from tidebreak.media.sandbox_ladder import Posture, Rung

SOURCE = str(Path(sandbox.__file__).parents[2])


def locked_down(then: str, before: str = "") -> subprocess.CompletedProcess[bytes]:
    """Run code in a process that has locked itself down."""
    script = (
        f"import sys; sys.path.append({SOURCE!r})\n"
        "import os, resource\n"
        "from tidebreak.media import sandbox, sandbox_landlock, sandbox_seccomp\n"
        "from tidebreak.settings import Limits\n"
        f"{before}\n"
        "posture = sandbox.lock_down(Limits())\n"
        f"{then}\n"
    )
    return subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, check=False)


def test_the_level_counts_the_rungs_that_hold_from_below():
    def posture(*held: bool) -> Posture:
        return Posture(tuple(Rung(str(n), one, "why") for n, one in enumerate(held)))

    assert posture(True, True, True, True).level == 4
    assert posture(True, True, False, True).level == 2
    assert posture(True, False, True, True).level == 1
    assert Posture().level == 0


def test_everything_that_is_forbidden_is_prevented():
    outcomes = sandbox.self_test()
    assert len(outcomes) == 8
    assert [row for row in outcomes if not row[1]] == []


def test_a_probe_that_gets_through_is_reported(monkeypatch):
    monkeypatch.setattr(sandbox_probes, "_RUN", "import sys; sys.exit(0)")
    assert not any(held for _, held, _ in sandbox.self_test())
    monkeypatch.setattr(sandbox_probes, "_RUN", "raise RuntimeError('broken')")
    _, held, detail = sandbox.self_test()[0]
    assert not held
    assert "broken" in detail


def test_limits_hold_and_cannot_be_raised():
    done = locked_down(
        "print([resource.getrlimit(r) for r in (resource.RLIMIT_AS, resource.RLIMIT_FSIZE,"
        " resource.RLIMIT_CORE, resource.RLIMIT_NOFILE)])\n"
        "try: resource.setrlimit(resource.RLIMIT_NOFILE, (10, 10))\n"
        "except (OSError, ValueError): print('refused')"
    )
    four_gib = 4 << 30
    assert done.stdout.decode().splitlines() == [
        str([(four_gib, four_gib), (0, 0), (0, 0), (256, 256)]),
        "refused",
    ]


def test_no_privilege_is_left():
    # Its own status file is out of its reach afterwards, so it is opened before.
    done = locked_down("print(os.pread(status, 9999, 0).decode())",
                       "status = os.open('/proc/self/status', os.O_RDONLY)")  # fmt: skip
    lines = dict(line.split(":\t") for line in done.stdout.decode().splitlines() if ":\t" in line)
    assert int(lines["CapEff"], 16) == int(lines["CapPrm"], 16) == 0
    assert lines["NoNewPrivs"] == "1"
    assert lines["Seccomp"] == "2"


def test_it_can_still_do_its_work():
    done = locked_down(
        "import decimal, json.tool, threading\n"
        "thread = threading.Thread(target=lambda: print('thread'))\n"
        "thread.start(); thread.join()\n"
        "print(len(bytearray(100 << 20)), open(os.__file__).read(1) != '')"
    )
    assert done.stdout.split() == [b"thread", b"104857600", b"True"], done.stderr


@pytest.mark.parametrize(("missing", "level"), [("landlock", 2), ("seccomp", 3)])
def test_a_rung_that_is_missing_is_reported_with_its_reason(missing: str, level: int):
    done = locked_down(
        "print(posture.level, posture.summary)",
        "def refuse(*_, **__): raise OSError(38, 'Function not implemented')\n"
        f"sandbox_{missing}.restrict = refuse",
    )
    said = done.stdout.decode()
    assert said.startswith(f"{level} ")
    assert f"no {missing} (not available here ([Errno 38] Function not implemented))" in said


def test_without_seccomp_there_are_no_further_processes_for_ordinary_users():
    done = locked_down(
        "try: os.fork()\nexcept OSError as error: print('refused', error.errno)",
        "os.setgid(65534) if os.geteuid() == 0 else None\n"
        "os.setuid(65534) if os.geteuid() == 0 else None\n"
        "def refuse(*_, **__): raise OSError(38, 'Function not implemented')\n"
        "sandbox_seccomp.restrict = refuse",
    )
    assert done.stdout.strip() == b"refused 11", done.stderr


def test_the_ladder_never_reads_relative_folders():
    assert all(path.startswith("/") for path in sandbox_ladder._library_folders())
