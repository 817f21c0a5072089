from __future__ import annotations

import tomllib
from pathlib import Path

import tidebreak
from tidebreak.version import VERSION


def test_the_package_and_the_program_have_one_version():
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION == tidebreak.__version__
