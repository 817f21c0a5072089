from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tidebreak.errors import UsageError
from tidebreak.settings import Limits, Settings, load, template


def test_without_a_file_everything_is_at_its_default(tmp_path: Path):
    assert load(tmp_path) == Settings()


def test_the_template_says_the_defaults_and_is_valid_with_every_line_on(tmp_path: Path):
    lines = template().splitlines()
    on = [re.sub(r"^# (\w+ = )", r"\1", line) for line in lines]
    assert sum(a != b for a, b in zip(lines, on, strict=True)) >= 16
    (tmp_path / "settings.toml").write_text("\n".join(on))
    assert load(tmp_path) == Settings()
    assert tomllib.loads(template()) == {"limits": {}}


def test_file_then_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "settings.toml").write_text("workers = 3\n[limits]\nframes = 5\nseconds = 7\n")
    monkeypatch.setenv("TIDEBREAK_LIMITS__FRAMES", "9")
    monkeypatch.setenv("TIDEBREAK_LEADS", "false")
    assert load(tmp_path) == Settings(workers=3, leads=False, limits=Limits(frames=9, seconds=7.0))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("worker = 3", "unknown setting 'worker'; known here: key_file, workers"),
        ("workers = 'two'", "'workers' must be int, not 'two'"),
        ("workers = true", "'workers' must be int"),
        ("workers = -1", "'workers' must not be negative"),
        ("[limits]\nsize = 1", "unknown setting 'size'"),
        ("workers = ", "is not valid TOML"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, says: str):
    (tmp_path / "settings.toml").write_text(text)
    with pytest.raises(UsageError, match=says):
        load(tmp_path)


def test_a_mistake_in_the_environment_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TIDEBREAK_LIMITS__FRAMES", "many")
    with pytest.raises(UsageError, match="'frames' must be int, not 'many'"):
        load(tmp_path)
