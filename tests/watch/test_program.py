from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.watch import program
from tidebreak.watch.program import playlist

SOURCE = Path(program.__file__).parents[2]


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1))
def test_a_playlist_has_one_line_whatever_the_address(address: str):
    (line,) = playlist(address).decode().splitlines()
    # The quoting of ffmpeg's utilities manual: inside quotes nothing is special, a quote outside.
    parts = line.removeprefix("file ").split("'")
    assert parts[0] == parts[-1] == ""
    assert line.removeprefix("file '").removesuffix("'").replace(r"'\''", "'") == address


def confined(then: str) -> str:
    script = (
        f"import sys; sys.path.append({str(SOURCE)!r})\n"
        "import os\nfrom pathlib import Path\nfrom tidebreak.watch.program import confine\n"
        f"posture = confine(1 << 31, [])\n{then}\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, check=True, cwd="/"
    )
    return done.stdout.decode().strip()


def test_the_program_may_write_no_file(tmp_path: Path):
    attempt = f"try: Path({str(tmp_path / 'x')!r}).write_bytes(b'x')\nexcept OSError: print('no')"
    assert confined(attempt) == "no"
    assert not (tmp_path / "x").exists() or not (tmp_path / "x").stat().st_size


def test_it_says_what_holds():
    said = confined("print(posture.level, posture.rungs[3].held)")
    assert said in ("3 False", "2 False")


@pytest.mark.skipif(not os.path.exists("/usr/bin/ffmpeg"), reason="ffmpeg is not installed")  # noqa: PTH110
def test_the_address_is_not_among_the_arguments():
    script = (
        f"import sys; sys.path.append({str(SOURCE)!r})\n"
        "from tidebreak.watch.program import become\n"
        "become('/usr/bin/ffmpeg', 'srt://127.0.0.1:9?passphrase=0123456789secret', 1)\n"
    )
    with subprocess.Popen([sys.executable, "-I", "-c", script], stdout=subprocess.PIPE) as process:
        while not (line := Path(f"/proc/{process.pid}/cmdline").read_bytes()).startswith(b"ffmpeg"):
            assert process.poll() is None
        assert b"secret" not in line
        process.kill()
