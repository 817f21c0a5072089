from __future__ import annotations

from pathlib import Path

import pytest

from tidebreak.errors import UsageError


def test_init_says_where_everything_is(run, tmp_path: Path):
    said = run("init").output
    assert str(tmp_path / "home" / "settings.toml") in said
    assert str(tmp_path / "key") in said
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700


def test_init_twice_is_refused_and_changes_nothing(run, tmp_path: Path):
    run("init")
    before = (tmp_path / "key").read_bytes()
    with pytest.raises(UsageError, match="already holds an installation"):
        run("init")
    assert (tmp_path / "key").read_bytes() == before
