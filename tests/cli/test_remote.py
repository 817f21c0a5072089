from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Run
from tests.client.service_helper import KEY, SCREENED, Asked, Said, scripted
from tests.seal.sealed_helper import serving

from tidebreak.client.errors import CheckKey
from tidebreak.errors import UsageError
from tidebreak.model import Examination, Signal
from tidebreak.scan import hashing
from tidebreak.scan.walk import walk

KNOWN = hashlib.sha256(b"known").hexdigest()
FOUND = SCREENED["parts"][0]["verdict"]
NONE = {"level": "none", "matches": [], "omitted": 0}


def knowing(*digests: str) -> Callable[[Asked], Said]:
    """A third party that knows these SHA-256."""

    def say(asked: Asked) -> Said:
        items: list[list[dict[str, Any]]] = json.loads(asked.body)["items"]
        known = [any(one["value"] in digests for one in item) for item in items]
        return 200, {}, {"items": [FOUND if one else NONE for one in known], "version": "v1"}

    return say


def quickly(
    paths: Sequence[bytes], settings: object, skip: Callable[[bytes], bool]
) -> Iterator[tuple[bytes, Examination]]:
    """What the workers would find, without starting any."""
    for path in [found.path for found in walk(paths)]:
        data = Path(os.fsdecode(path)).read_bytes()
        names = ("md5", "sha1", "sha256")
        signals = [Signal.parse(name, hashlib.new(name, data).hexdigest()) for name in names]
        reason = "cut off" if path.endswith(b"cut.png") else ""
        if not skip(path):
            yield path, Examination("", len(data), "x", tuple(signals), reason=reason)


@pytest.fixture
def site(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """An installation without a list, files, and a key for a third party."""
    monkeypatch.setattr(hashing, "hash_all", quickly)
    run("init")
    disk = tmp_path / "disk"
    disk.mkdir()
    for name in ("known", "other"):
        (disk / name).write_bytes(name.encode())
    (tmp_path / "there").write_text(KEY)
    (tmp_path / "there").chmod(0o600)

    def remote(url: str, *arguments: object, code: int = 0) -> Any:
        return run("remote", "scan", "--server", url, "--key-file", "there", *arguments, code=code)

    return remote


def test_files_are_hashed_here_and_matched_there(site: Run, run: Run):
    with scripted(knowing(KNOWN)) as script:
        result = site(script.url, "disk", "--json", code=1)
        (asked,) = script.asked
        assert site(script.url, "disk/other").exit_code == 0
        assert "recognised" in site(script.url, "disk", code=1).output
    records = {Path(one["path"]).name: one for one in map(json.loads, result.stdout.splitlines())}
    assert (records["known"]["state"], records["other"]["state"]) == ("matched", "clear")
    assert records["known"]["verdict"]["matches"][0]["distance"] is None
    sent = {one["type"] for item in json.loads(asked.body)["items"] for one in item}
    assert sent == {"sha256", "sha1", "md5"}
    assert "127.0.0.1 learns the identifiers (sha256, sha1, md5)" in result.stderr
    audit = run("audit", "show").output
    assert "remote.scan" in audit
    assert KNOWN not in audit


def test_no_answer_is_told_and_gone_on_with(site: Run, tmp_path: Path):
    down: Said = (501, {}, {})
    with scripted(down) as script:
        result = site(script.url, "disk", code=2)
    assert "2 items have no answer" in result.stderr
    assert "--resume" in result.stderr
    assert "2  without an answer" in result.output
    (tmp_path / "disk" / "known").unlink()  # what was hashed is not read again
    with scripted(knowing(KNOWN)) as script:
        assert "1  recognised" in site(script.url, "--resume", code=1).output
        with pytest.raises(UsageError, match="No remote scan was interrupted"):
            site(script.url, "--resume")


def test_terms_are_kept_when_going_on(site: Run):
    with scripted((501, {}, {})) as script:
        site(script.url, "disk", code=2)
        with pytest.raises(UsageError, match="or for other things"):
            site(script.url, "--resume", "--near")
        with pytest.raises(UsageError, match="leave them out"):
            site(script.url, "disk", "--resume")


def test_a_refusal_is_an_error(site: Run):
    with scripted((401, {}, {"title": "no"})) as script, pytest.raises(CheckKey):
        site(script.url, "disk")


def test_what_was_not_examined_can_be_an_error(site: Run, tmp_path: Path):
    (tmp_path / "disk" / "cut.png").write_bytes(bytes(range(20)))
    with scripted(knowing()) as script:
        assert "1 item was not fully examined" in site(script.url, "disk").stderr
        site(script.url, "disk", "--strict", code=2)


@pytest.mark.slow
def test_sealed_the_server_sees_only_what_is_known(run: Run, tmp_path: Path):
    run("init")
    (tmp_path / "list.txt").write_text(f"{KNOWN}\n")
    run("lists", "import", "list.txt", "--name", "L", "--kind", "contraband", "--format", "sha256")
    run("seal", "init")
    run("seal", "operators", "add", "One", "--out", "token")
    (tmp_path / "disk").mkdir()
    for name in ("known", "other"):
        (tmp_path / "disk" / name).write_bytes(name.encode())
    with serving(tmp_path / "home") as running:
        asking = ("remote", "scan", "disk", "--server", running.url, "--key-file", "token")
        result = run(*asking, "--sealed", "--json", code=1)
    records = {Path(one["path"]).name: one for one in map(json.loads, result.stdout.splitlines())}
    assert records["known"]["verdict"] == {"level": "exact", "matches": [], "omitted": 0}
    assert "sealed server" in records["known"]["note"]
    assert records["other"]["state"] == "clear"
    assert "only those that are on its lists" in result.stderr
