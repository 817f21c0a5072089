from __future__ import annotations

import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from tidebreak.errors import UsageError
from tidebreak.fetching.config import FetchConfig
from tidebreak.fetching.start import config_of, fetcher_of


def test_a_section_says_what_it_changes():
    section = tomllib.loads('enabled = true\nseconds = 5\nports = [443]\nhosts = [".example.org"]')
    config = config_of(section)
    assert (config.enabled, config.seconds, config.ports) == (True, 5.0, (443,))
    assert config.hosts == (".example.org",)
    assert config.bytes == FetchConfig().bytes
    assert fetcher_of(section).config == config


@pytest.mark.parametrize(
    "text",
    ["enable = true", 'enabled = "yes"', "seconds = true", "seconds = 0", "seconds = nan",
     "bytes = 1.5", 'ports = ["80"]', "ports = []", "ports = [0]", "ports = [70000]", "hosts = [1]",
     'hosts = "a"', "redirects = 21", "redirects = -1", "at_once = 0", 'refuse = ["x"]'],
)  # fmt: skip
def test_what_cannot_be_meant_is_an_error_that_names_the_section(text: str):
    with pytest.raises(UsageError, match=r"service.toml, \[fetch\]"):
        config_of(tomllib.loads(text))


def test_a_file_of_authorities_that_is_missing_is_an_error(tmp_path: Path):
    with pytest.raises(UsageError, match="ca_file"):
        fetcher_of({"ca_file": str(tmp_path / "none")})


def test_every_setting_is_in_the_documentation():
    page = (Path(__file__).parents[2] / "docs" / "fetching.md").read_text()
    for item in fields(FetchConfig):
        assert f"`{item.name}`" in page
