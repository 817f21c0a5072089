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
        ("worker = 3", "unknown setting 'worker'; known here: key_file, database, workers"),
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


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"limits = 3", "must be a table"),
        (b"workers = 1 # \xff", "is not UTF-8"),
        (b"[limits]\nseconds = nan", "must not be negative"),
    ],
)
def test_a_file_that_makes_no_sense_is_one_sentence(tmp_path: Path, content: bytes, said: str):
    (tmp_path / "settings.toml").write_bytes(content)
    with pytest.raises(UsageError, match=said):
        load(tmp_path)


def test_a_settings_file_that_cannot_be_read_is_one_sentence(tmp_path: Path):
    (tmp_path / "settings.toml").mkdir()
    with pytest.raises(UsageError, match="cannot be read"):
        load(tmp_path)


@pytest.mark.parametrize("name", ["TIDEBREAK_WORKRES", "TIDEBREAK_LIMITS__FRAMS"])
def test_a_misspelt_variable_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
):
    monkeypatch.setenv(name, "1")
    with pytest.raises(UsageError, match=name):
        load(tmp_path)


@pytest.mark.parametrize("text", ["12345", "true", "2026-01-01", '"quoted"'])
def test_a_key_file_of_any_name_may_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
):
    monkeypatch.setenv("TIDEBREAK_KEY_FILE", text)
    assert load(tmp_path).key_file == text


@pytest.mark.parametrize(
    ("variable", "text", "said"),
    [
        ("TIDEBREAK_WORKERS", "two", "'workers' must be int, not 'two'"),
        ("TIDEBREAK_WORKERS", "-1", "'workers' must not be negative"),
        ("TIDEBREAK_DEPTH", "deeper", "'depth' must be fast, standard, deep"),
        ("TIDEBREAK_LIMITS__FRAMES", "1.5", "'frames' must be int"),
    ],
)
def test_a_bad_value_is_blamed_on_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, text: str, said: str
):
    (tmp_path / "settings.toml").write_text("workers = 1\n")
    monkeypatch.setenv(variable, text)
    with pytest.raises(UsageError, match=f"environment's {variable}: {said}") as caught:
        load(tmp_path)
    assert "settings.toml" not in str(caught.value)
