"""A site without a list asks a service, both of them real: nothing in between is made up."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tidebreak.access.records import Scope
from tidebreak.access.roles import Role
from tidebreak.access.start import open_access
from tidebreak.client import Action, Client, Level, Origin, State, Surface
from tidebreak.installation import Tidebreak
from tidebreak.model import ListKind


def tidebreak(home: Path, *arguments: object, code: int) -> str:
    done = subprocess.run(
        command(*arguments), env=environment(home), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "tidebreak", *map(str, arguments)]


def environment(home: Path) -> dict[str, str]:
    own = {"TIDEBREAK_HOME": str(home), "TIDEBREAK_KEY_FILE": f"{home}.key"}
    return {**os.environ, **own}


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """A service in a process of its own; yields its address."""
    with subprocess.Popen(
        command("serve", "--port", 0), env=environment(home), stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            line = next((said for said in process.stdout if " at http" in said), "")
            assert line, "it ended before it was ready"
            yield line.split(" at ")[1].strip()
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.timeout(90)
def test_hashed_here_matched_there(tmp_path: Path):
    disk, third, site = tmp_path / "disk", tmp_path / "third", tmp_path / "site"
    disk.mkdir()
    for name in ("known", "other"):
        (disk / name).write_bytes(f"{name} and harmless".encode())
    digest = hashlib.sha256(b"known and harmless").hexdigest()
    (tmp_path / "list.csv").write_text(f"id,sha256\nE1,{digest}\n")
    key = tmp_path / "there"
    with Tidebreak.create(third, Path(f"{third}.key")) as made, open_access(made) as access:
        made.import_list(tmp_path / "list.csv", name="L", kind=ListKind.CONTRABAND)
        key.write_text(access.keys.add("site", Scope(frozenset({Role.PLATFORM})), "test").text)
    key.chmod(0o600)
    Tidebreak.create(site, Path(f"{site}.key")).close()
    with serving(third) as url:
        asking = ("remote", "scan", disk, "--server", url, "--key-file", key, "--json")
        lines = tidebreak(site, *asking, code=1).splitlines()
        with Client(url, key) as client:
            screened = client.screen(disk / "known", Origin(Surface.HOSTING, item="upload 1"))
            clear = client.screen(iter([b"other ", b"and harmless"]))
    records = {Path(one["path"]).name: one for one in map(json.loads, lines)}
    assert records["known"]["verdict"]["matches"][0]["entry"] == "E1"
    assert records["other"]["state"] == "clear"
    assert (screened.level, screened.state) == (Level.EXACT, State.MATCHED)
    assert screened.decision.action.rank >= Action.REVIEW.rank
    assert (clear.state, clear.decision.action) == (State.CLEAR, Action.ALLOW)
