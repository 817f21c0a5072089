from __future__ import annotations

import errno
import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

import tidebreak
from tidebreak.errors import Busy, Damaged, NotInstalled, TidebreakError, UsageError
from tidebreak.installation import Tidebreak
from tidebreak.lists import publish
from tidebreak.model import Level, ListKind, Signal
from tidebreak.signals import SIGNAL_TYPES

SHA256 = hashlib.sha256(b"known").hexdigest()


@pytest.fixture
def listed(installation: Tidebreak) -> Tidebreak:
    file = installation.home / "list.csv"
    file.write_text(f"id,sha256\nA,{SHA256}\n")
    installation.import_list(file, name="L", kind=ListKind.CONTRABAND)
    return installation


def test_nothing_there_says_what_to_do(tmp_path: Path):
    with pytest.raises(NotInstalled, match="tidebreak init"):
        tidebreak.open(tmp_path)


def test_the_wrong_key_is_refused_never_silently_used(listed: Tidebreak, tmp_path: Path):
    with Tidebreak.create(tmp_path / "other", tmp_path / "other-key"):
        pass
    settings = listed.home / "settings.toml"
    key = str(tmp_path / "key")
    settings.write_text(settings.read_text().replace(key, str(tmp_path / "other-key")))
    with pytest.raises(NotInstalled, match="key does not belong"):
        tidebreak.open(listed.home)
    settings.write_text(settings.read_text().replace("other-key", "lost-key"))
    with pytest.raises(NotInstalled, match="missing"):
        tidebreak.open(listed.home)


@pytest.mark.parametrize("moment", ["keys", "database", "settings"])
def test_creating_can_be_killed_and_repeated(tmp_path: Path, moment: str):
    where = {
        "keys": "tidebreak.store.keys.create",
        "database": "tidebreak.store.stores.Stores.make",
        "settings": "tidebreak.homes.template",
    }[moment]
    code = (
        "import os, pathlib, sys\n"
        "import tidebreak.installation, tidebreak.store.keys, tidebreak.store.database\n"
        "def die(*a, **k): os.kill(os.getpid(), 9)\n"
        f"{where} = die\n"
        "home, key = map(pathlib.Path, sys.argv[1:])\n"
        "tidebreak.installation.Tidebreak.create(home, key)\n"
    )
    places = [str(tmp_path / "home"), str(tmp_path / "key")]
    done = subprocess.run([sys.executable, "-c", code, *places], check=False, capture_output=True)
    assert done.returncode == -9, done.stderr.decode()
    with pytest.raises(NotInstalled):
        tidebreak.open(tmp_path / "home")
    with Tidebreak.create(tmp_path / "home", tmp_path / "key") as made:
        assert made.catalogue.lists() == []


def test_the_python_face_scans_and_matches(listed: Tidebreak, tmp_path: Path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "known").write_bytes(b"known")
    (tmp_path / "disk" / "other").write_bytes(b"other")
    with tidebreak.open(listed.home) as opened:
        result = opened.scan([tmp_path / "disk"], report=tmp_path / "report")
        assert (result.found, result.incomplete, result.finished) == (1, 0, True)
        assert (tmp_path / "report" / "report.html").exists()
        (verdict,) = opened.match([Signal.parse("sha256", SHA256)])
        assert verdict.level is Level.EXACT
        found = {item.signal("sha256").text for _, item in opened.hash([tmp_path / "disk"])}
        assert SHA256 in found


def test_what_another_process_imports_or_takes_back_counts_here_at_once(
    listed: Tidebreak, tmp_path: Path
):
    wanted = [Signal.parse("md5", f"{n:032x}") for n in (1, 2)]

    def found() -> list[bool]:
        return [verdict.level.found for verdict in listed.match(wanted)]

    file = tmp_path / "more.csv"
    assert found() == [False, False]
    with tidebreak.open(listed.home) as other:
        for count in (1, 2):
            file.write_text("id,md5\n" + "".join(f"{n},{n:032x}\n" for n in range(1, count + 1)))
            other.import_list(file, name="more", kind=ListKind.WATCH)
            assert found() == [True, count > 1]
        other.catalogue.withdraw("more", "1", "why")
        assert found() == [False, True]
        other.catalogue.remove("more", "why")
        assert found() == [False, False]


def test_an_import_whose_index_cannot_be_written_says_that_it_was_made(
    installation: Tidebreak, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    file = tmp_path / "list.csv"
    file.write_text(f"sha256\n{SHA256}\n")
    with monkeypatch.context() as patched:
        patched.setattr("tidebreak.index.snapshot_files.write_manifest", full)
        with pytest.raises(TidebreakError, match="was imported, but"):
            installation.import_list(file, name="L", kind=ListKind.WATCH)
    assert installation.match([Signal.parse("sha256", SHA256)])[0].level is Level.EXACT


def test_scanning_needs_a_list_a_path_and_a_file_that_is_there(
    installation: Tidebreak, tmp_path: Path
):
    with pytest.raises(UsageError, match="No hash list is enabled"):
        installation.scan([tmp_path])
    file = tmp_path / "list.csv"
    file.write_text(f"sha256\n{SHA256}\n")
    installation.import_list(file, name="L", kind=ListKind.WATCH)
    with pytest.raises(UsageError, match="Name at least one"):
        installation.scan([])
    with pytest.raises(UsageError, match="is not there"):
        installation.scan([tmp_path / "gone"])
    with pytest.raises(UsageError, match="No scan was interrupted"):
        installation.scan([], resume=True)


def test_one_scan_at_a_time(listed: Tidebreak, tmp_path: Path):
    with (listed.home / "scan.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Busy, match="Another scan"):
            listed.scan([tmp_path])


def test_a_sandbox_below_the_minimum_is_refused(
    listed: Tidebreak, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TIDEBREAK_SANDBOX_MINIMUM", "5")
    with (
        tidebreak.open(listed.home) as opened,
        pytest.raises(UsageError, match="the settings ask for 5"),
    ):
        opened.scan([tmp_path])


def test_every_look_up_and_scan_is_audited(listed: Tidebreak, tmp_path: Path):
    listed.match([Signal.parse("sha256", SHA256)])
    listed.scan([tmp_path / "home" / "settings.toml"])
    actions = [event.action for event in listed.audit.events()]
    assert actions[-2:] == ["match", "scan"]
    assert listed.audit.verify().intact


def test_a_missing_audit_log_is_not_silently_begun_anew(listed: Tidebreak):
    listed.close()
    (listed.home / "audit.db").unlink()
    with pytest.raises(Damaged, match="restore it"):
        tidebreak.open(listed.home)


def test_purging_leaves_nothing_of_a_list_in_any_file(listed: Tidebreak, tmp_path: Path):
    pdq, seal = b"\x5a\xa5" * 16, listed.sealer.seal(SIGNAL_TYPES["sha256"], bytes.fromhex(SHA256))
    file = tmp_path / "near.csv"
    file.write_text(f"id,sha256,pdq\nX,{SHA256},{pdq.hex()}\n")
    listed.import_list(file, name="near", kind=ListKind.WATCH)
    publish.rebuild(listed.database, listed.home / "snapshots")
    for name in ("near", "L"):
        listed.catalogue.remove(name, "expired")
        assert listed.purge_list(name, "expired") == 1
    for path in listed.home.rglob("*"):
        if path.is_file():
            assert pdq not in path.read_bytes(), path
            assert seal not in path.read_bytes(), path


@pytest.mark.parametrize("large", [False, True])
def test_a_damaged_index_is_noticed_before_it_misses_anything(
    listed: Tidebreak, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: bool
):
    exact = listed.snapshot.path / "exact.index"
    damaged = bytearray(exact.read_bytes())
    damaged[damaged.index(listed.sealer.seal(SIGNAL_TYPES["sha256"], bytes.fromhex(SHA256)))] ^= 1
    listed.close()
    exact.write_bytes(damaged)
    if large:  # not read in full whenever it is opened
        monkeypatch.setattr("tidebreak.index.snapshot._CHECKED_BYTES", 0)
    with tidebreak.open(listed.home) as again, pytest.raises(Damaged, match="remove the folder"):
        again.scan([tmp_path / "key"])
