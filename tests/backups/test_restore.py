from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.backends import BOTH

from tidebreak.backups.make import backup
from tidebreak.backups.restore import restore
from tidebreak.errors import Damaged, NotInstalled, TidebreakError, UsageError
from tidebreak.installation import Tidebreak
from tidebreak.model import ListKind, Signal
from tidebreak.store import keys as key_store
from tidebreak.store.stores import Stores

BACKENDS = BOTH


def asked() -> list[Signal]:
    from tests.backups.conftest import md5

    return [Signal.parse("md5", md5(number)) for number in range(60)]


@pytest.fixture
def kept(made: Tidebreak, tmp_path: Path) -> Path:
    return backup(made.home, tmp_path / "b.zip").path


def altered(path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Return a backup in which ``change`` was made to the content of its files."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    change(content)
    made = path.with_name("altered.zip")
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return made


def test_what_comes_back_gives_the_same_verdicts(
    made: Tidebreak, kept: Path, tmp_path: Path, postgres
):
    """From files to files and to a database, and from a database to files and to another."""
    before = made.match(asked())
    events = made.audit.verify().events
    if made.stores.database:
        postgres.ask("CREATE DATABASE elsewhere")
    try:
        other = postgres.address
        if made.stores.database:
            other = other.replace("/postgres?", "/elsewhere?")
        for name, database in (("files", ""), ("server", other)):
            told = restore(kept, tmp_path / name, database=database)
            assert set(told.stores) == {"observations", "lists", "audit"}
            assert told.events == events - 1
            with Tidebreak.open(tmp_path / name) as again:
                assert again.settings.database == database
                assert again.stores.file("lists").exists() is not bool(database)
                assert again.match(asked()) == before
                assert again.catalogue.lists() == made.catalogue.lists()
                assert again.catalogue.fields(1) == made.catalogue.fields(1)
                with again.observations() as observations:
                    assert observations.begin_scan({}) == 2
                more = tmp_path / "more.csv"
                more.write_text("id,md5\nx,{}\n".format("0" * 31 + "1"))
                again.import_list(more, name="more", kind=ListKind.WATCH)
                assert [item.id for item in again.catalogue.lists()] == [1, 2]
                assert again.audit.verify().intact
            model = tmp_path / name / "descriptors" / "model.onnx"
            assert model.read_bytes() == bytes(range(256))
    finally:
        if made.stores.database:
            postgres.ask("DROP DATABASE elsewhere WITH (FORCE)")


def test_what_came_back_can_be_backed_up_again(kept: Path, tmp_path: Path, files: Stores):
    restore(kept, tmp_path / "one")
    again = backup(tmp_path / "one", tmp_path / "again.zip").path
    restore(again, tmp_path / "two")
    with zipfile.ZipFile(kept) as first, zipfile.ZipFile(again) as second:
        for manifest in ("stores", "audit_hash"):
            one, two = (json.loads(z.read("backup.json"))[manifest] for z in (first, second))
            assert one == two


def test_nothing_that_is_there_is_touched(kept: Path, tmp_path: Path, made: Tidebreak):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "file").touch()
    with pytest.raises(UsageError, match="not empty"):
        restore(kept, tmp_path / "there")
    if made.stores.database:
        with pytest.raises(UsageError, match="already has stores"):
            restore(kept, tmp_path / "new", database=made.stores.database)
    (tmp_path / "empty").mkdir()
    restore(kept, tmp_path / "empty")


def test_the_key_is_checked_where_it_is_named(kept: Path, tmp_path: Path):
    key_store.create(tmp_path / "other")
    with pytest.raises(NotInstalled, match="key does not belong"):
        restore(kept, tmp_path / "new", key_file=tmp_path / "other")
    assert not (tmp_path / "new").exists()
    moved = tmp_path / 'k"1'
    shutil.move(tmp_path / "keys" / "key", moved)
    restore(kept, tmp_path / "new", key_file=moved)
    with Tidebreak.open(tmp_path / "new") as again:
        assert again.settings.key_file == str(moved)


def test_a_backup_that_is_not_what_was_written_is_refused(
    kept: Path, tmp_path: Path, files: Stores
):
    def flip(name: str) -> Callable[[dict[str, bytes]], None]:
        def change(content: dict[str, bytes]) -> None:
            data = content[name]
            content[name] = data[:-1] + bytes([data[-1] ^ 1])

        return change

    def manifest(**values: object) -> Callable[[dict[str, bytes]], None]:
        def change(content: dict[str, bytes]) -> None:
            told = json.loads(content["backup.json"]) | values
            content["backup.json"] = json.dumps(told).encode()

        return change

    changes: list[Callable[[dict[str, bytes]], object]] = [
        flip("stores/lists.db"),
        flip("home/policy.toml"),
        lambda content: content.pop("stores/lists.db"),
        lambda content: content.update({"home/../../evil": b""}),
        lambda content: content.update(more=b""),
        lambda content: content.update({"backup.json": b"{"}),
        lambda content: content.pop("backup.json"),
        manifest(audit_number=99),
        manifest(audit_hash="0" * 64),
        manifest(files={"home/../../evil": ""}),
        manifest(files=3),
    ]
    for change in changes:
        with pytest.raises(Damaged, match="not intact"):
            restore(altered(kept, change), tmp_path / "new")
    with pytest.raises(NotInstalled, match="newer"):
        restore(altered(kept, manifest(form=2)), tmp_path / "new")
    whole = kept.read_bytes()
    for cut in (0, 10, len(whole) // 2, len(whole) - 5):
        (tmp_path / "cut.zip").write_bytes(whole[:cut])
        with pytest.raises(Damaged, match="not intact"):
            restore(tmp_path / "cut.zip", tmp_path / "new")
    with pytest.raises(UsageError, match="cannot be read"):
        restore(tmp_path / "none.zip", tmp_path / "new")
    assert not (tmp_path / "new").exists()
    assert not list(tmp_path.glob(".new*"))


@pytest.mark.parametrize("moment", ["restore._check", "restore._put", "stores._number_on"])
def test_a_kill_leaves_nothing_half_done(kept: Path, tmp_path: Path, postgres, moment: str):
    postgres.ask("CREATE DATABASE elsewhere")
    database = postgres.address.replace("/postgres?", "/elsewhere?")
    to_database = moment.startswith("stores")
    arguments = [str(kept), str(tmp_path / "new"), database if to_database else ""]
    program = f"""
import os, signal, sys
from pathlib import Path
from tidebreak.backups import restore, stores
{moment} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
restore.restore(Path(sys.argv[1]), Path(sys.argv[2]), database=sys.argv[3])
"""
    try:
        killed = subprocess.run([sys.executable, "-c", program, *arguments], check=False)
        assert killed.returncode == -signal.SIGKILL
        assert not (tmp_path / "new").exists()
        if to_database:
            assert Stores(tmp_path, database).names() == []
        restore(kept, tmp_path / "new", database=arguments[2])
        with Tidebreak.open(tmp_path / "new") as again:
            assert again.catalogue.get("list").entries == 50
    finally:
        postgres.ask("DROP DATABASE elsewhere WITH (FORCE)")


def test_a_disk_without_room_is_one_sentence(
    kept: Path, tmp_path: Path, files: Stores, monkeypatch: pytest.MonkeyPatch
):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "x")

    monkeypatch.setattr("tidebreak.backups.restore._put", full)
    with pytest.raises(TidebreakError, match="Nothing was restored"):
        restore(kept, tmp_path / "new")
    assert not list(tmp_path.glob(".new*"))
