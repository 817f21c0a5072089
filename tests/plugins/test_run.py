from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.plugins.plugin_helper import MODULE

from tidebreak.installation import Tidebreak
from tidebreak.model import Examination, Level, State
from tidebreak.plugins import run as module
from tidebreak.plugins.installed import InstalledPlugins
from tidebreak.plugins.known import Matching, known_hashes
from tidebreak.plugins.run import Found, Hashing, as_record, examine


@contextmanager
def ready(installation: Tidebreak) -> Iterator[tuple[Hashing, Matching]]:
    file = installation.home / "plugins.toml"
    installed = InstalledPlugins(file, installation.settings, installation.audit, "x")
    plugin = installed.add(MODULE, Level.POSSIBLE)
    known = known_hashes(installation.database, installation.vault, plugin.types)
    hashing = Hashing(installed, plugin)
    with installed.start(plugin) as process:
        try:
            yield hashing, Matching(plugin, process, known, installation.catalogue.entries)
        finally:
            hashing.close()


def files(folder: Path, **contents: tuple[str, bytes]) -> list[tuple[bytes, Examination]]:
    found: list[tuple[bytes, Examination]] = []
    for name, (content, data) in contents.items():
        (folder / name).write_bytes(data)
        found.append((os.fsencode(folder / name), Examination("", len(data), content)))
    return found


def made(installation: Tidebreak, hashed: list[tuple[bytes, Examination]]) -> list[Found]:
    with ready(installation) as pair:
        return list(examine(hashed, [pair]))


def test_a_file_goes_to_the_types_that_take_its_kind(
    installation: Tidebreak, plugin: Path, tmp_path: Path
):
    hashed = files(tmp_path, a=("image/png", b"picture"), b=("text/plain", b"words are words"),
                   c=("application/zip", b"zip"))  # fmt: skip
    hashed.append((hashed[2][0], Examination("inside.png", 5, "image/png")))
    found = made(installation, hashed)
    named = [(Path(os.fsdecode(one.path)).name, one.type) for one in found]
    assert named == [("a", "photo_md5"), ("a", "size"), ("b", "words")]
    assert found[2].hash == "are words"
    assert {one.state for one in found} == {State.CLEAR}


def test_what_kills_a_plug_in_is_a_result_and_the_next_file_is_examined(
    installation: Tidebreak, plugin: Path, tmp_path: Path
):
    hashed = files(tmp_path, a=("image/png", b"ATTACK EXIT"), b=("image/png", b"ATTACK EMPTY"),
                   c=("image/png", b"fine"))  # fmt: skip
    (tmp_path / "b").rename(tmp_path / "moved")
    first, size, gone, _, last, _ = made(installation, hashed)
    assert first.state is State.NOT_FULLY_EXAMINED
    assert "exit code 3" in first.reason
    assert size.state is State.CLEAR
    assert "vanished" in gone.reason
    assert last.hash


def test_no_hash_is_not_clear(installation: Tidebreak, plugin: Path, tmp_path: Path):
    found = made(installation, files(tmp_path, a=("image/png", b"ATTACK EMPTY")))
    assert found[0].state is State.NOT_FULLY_EXAMINED
    assert "makes no hash" in found[0].reason


def test_too_large_a_file_is_told(
    installation: Tidebreak, plugin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "MOST_FILE", 4)
    found = made(installation, files(tmp_path, a=("image/png", b"12345")))
    assert "larger than" in found[0].reason


def test_a_record_is_json_that_everybody_reads(
    installation: Tidebreak, plugin: Path, tmp_path: Path
):
    def refuse(name: str) -> None:
        raise AssertionError(name)

    found = made(installation, files(tmp_path, a=("text/plain", b"x")))
    record = json.loads(json.dumps(as_record(found[0])), parse_constant=refuse)
    assert (record["type"], record["hash"], record["state"]) == ("words", "x", "clear")
