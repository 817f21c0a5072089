from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from tidebreak.errors import UsageError
from tidebreak.plugins.places import digest_of, folder_of, place_of


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package that must not be run, and a module beside it."""
    package = tmp_path / "dangerous_package"
    (package / "inner").mkdir(parents=True)
    (package / "__init__.py").write_text("raise SystemExit('it was run')")
    (package / "inner" / "__init__.py").write_text("raise SystemExit('it was run')")
    (package / "inner" / "deep.py").write_text("x = 1")
    (tmp_path / "dangerous_module.py").write_text("raise SystemExit('it was run')")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    return tmp_path


def test_a_module_is_found_and_not_run(packages: Path):
    assert place_of("dangerous_module") == packages / "dangerous_module.py"
    assert place_of("dangerous_package") == packages / "dangerous_package"
    assert place_of("dangerous_package.inner") == packages / "dangerous_package" / "inner"
    deep = packages / "dangerous_package" / "inner" / "deep.py"
    assert place_of("dangerous_package.inner.deep") == deep
    for name in ("dangerous_module", "dangerous_package", "dangerous_package.inner.deep"):
        assert folder_of(name) == packages
    assert not [name for name in sys.modules if name.startswith("dangerous")]


@pytest.mark.parametrize(
    "name", ["of_nobody", "dangerous_package.nothing", "", "../x", "a b", "x;y", "a..b", ".a"]
)
def test_what_is_not_there_or_no_module_is_told(packages: Path, name: str):
    with pytest.raises(UsageError):
        place_of(name)


def test_a_digest_changes_with_any_file_and_with_nothing_else(packages: Path):
    package = packages / "dangerous_package"
    before = digest_of(package)
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "x.pyc").write_bytes(b"compiled")
    assert digest_of(package) == before
    (package / "data.bin").write_bytes(b"")
    added = digest_of(package)
    (package / "data.bin").rename(package / "other.bin")
    assert len({before, added, digest_of(package)}) == 3
    assert digest_of(packages / "dangerous_module.py") != before


def test_what_cannot_be_read_is_told(tmp_path: Path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "y").symlink_to("/proc/self/mem")
    with pytest.raises(UsageError, match="cannot be read"):
        digest_of(tmp_path / "x")
