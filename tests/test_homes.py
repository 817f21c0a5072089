from __future__ import annotations

from pathlib import Path

import pytest

from tidebreak.errors import UsageError
from tidebreak.homes import default_home, default_key_file, is_home, key_file_of, make
from tidebreak.settings import Settings


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
