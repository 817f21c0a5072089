from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from tidebreak.errors import Damaged, NotInstalled, UsageError
from tidebreak.homes import (
    default_home,
    default_key_file,
    is_home,
    key_file_of,
    make,
    open_audit,
    open_lists,
    stores_of,
)
from tidebreak.settings import Settings
from tidebreak.store import keys as key_store


def test_places_follow_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for name in ("TIDEBREAK_HOME", "TIDEBREAK_KEY_FILE", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/home/u")
    assert default_home() == Path("/home/u/.local/share/tidebreak")
    assert default_key_file(Path("/srv/t b")) == Path("/home/u/.config/tidebreak/srv-t b.key")
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    monkeypatch.setenv("XDG_CONFIG_HOME", "/config")
    assert default_home() == Path("/data/tidebreak")
    assert default_key_file(Path("/srv/t")) == Path("/config/tidebreak/srv-t.key")
    monkeypatch.setenv("TIDEBREAK_HOME", "/elsewhere")
    monkeypatch.setenv("TIDEBREAK_KEY_FILE", "/usb/key")
    assert (default_home(), default_key_file(Path("/x"))) == (Path("/elsewhere"), Path("/usb/key"))


def test_the_key_is_where_the_settings_say(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TIDEBREAK_KEY_FILE", "/usb/key")
    assert key_file_of(Path("/srv/t"), Settings(key_file="/k")) == Path("/k")
    assert key_file_of(Path("/srv/t"), Settings()) == Path("/usb/key")


def test_no_home_folder_is_one_sentence(monkeypatch: pytest.MonkeyPatch):
    def lost() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("TIDEBREAK_HOME", "TIDEBREAK_KEY_FILE", "XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lost)
    for ask in (default_home, lambda: default_key_file(Path("/srv/t"))):
        with pytest.raises(UsageError, match="TIDEBREAK_HOME"):
            ask()


def test_a_place_that_cannot_hold_an_installation_is_one_sentence(tmp_path: Path):
    (tmp_path / "file").touch()
    for home, key in (("file", "key"), ("file/x", "key"), ("home", "file/key")):
        with pytest.raises(UsageError, match="cannot be made"):
            make(tmp_path / home, tmp_path / key)


def test_an_installation_is_made_once(tmp_path: Path):
    home = tmp_path / "home"
    assert not is_home(home)
    make(home, tmp_path / 'key "1"')
    assert is_home(home)
    with pytest.raises(UsageError, match="already holds"):
        make(home, tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_a_home_on_a_database_is_joined_with_its_key_only(
    postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TIDEBREAK_DATABASE", postgres.address)
    make(tmp_path / "one", tmp_path / "key")
    monkeypatch.delenv("TIDEBREAK_DATABASE")
    first = stores_of(tmp_path / "one")
    assert first.database == postgres.address
    assert not first.file("lists").exists()
    keys = key_store.load(tmp_path / "key")
    with closing(open_lists(first, keys)) as lists, lists.writing():
        lists.set_meta("there", 1)
    monkeypatch.setenv("TIDEBREAK_DATABASE", postgres.address)
    with pytest.raises(UsageError, match="--key-file"):
        make(tmp_path / "two", tmp_path / "none yet")
    assert not (tmp_path / "none yet").exists()
    key_store.create(tmp_path / "other")
    with pytest.raises(NotInstalled, match="key does not belong"):
        make(tmp_path / "two", tmp_path / "other")
    assert not is_home(tmp_path / "two")
    make(tmp_path / "two", tmp_path / "key")
    with closing(open_lists(stores_of(tmp_path / "two"), keys)) as lists:
        assert lists.meta("there") == 1


def test_what_is_missing_is_said(tmp_path: Path):
    with pytest.raises(NotInstalled, match="tidebreak init"):
        stores_of(tmp_path)
    make(tmp_path / "home", tmp_path / "key")
    stores = stores_of(tmp_path / "home")
    stores.file("audit").unlink()
    with pytest.raises(Damaged, match="audit log"):
        open_audit(stores)
    stores.file("lists").unlink()
    with pytest.raises(NotInstalled, match="no store"):
        open_lists(stores, key_store.load(tmp_path / "key"))
