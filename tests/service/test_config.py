from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from tidebreak.errors import UsageError
from tidebreak.service.config import (
    FILE,
    Intake,
    Listen,
    ServiceConfig,
    load,
    parsed,
    shown,
    template,
)

FULL = """
[listen]
host = "0.0.0.0"
port = 443
tls_cert = "c.pem"
tls_key = "k.pem"
[intake]
upload_bytes = 1000
idle_seconds = 2
[webhooks]
allowed_hosts = ["hooks.internal"]
[fetch]
enabled = true
[gates.clamd]
listen = "127.0.0.1:3310"
on_failure = "closed"
"""


def test_without_a_file_the_defaults_count(tmp_path: Path):
    assert load(tmp_path) == ServiceConfig()
    assert ServiceConfig().listen.host == "127.0.0.1"
    assert not ServiceConfig().fetch


def test_everything_is_read(tmp_path: Path):
    (tmp_path / FILE).write_text(FULL)
    config = load(tmp_path)
    assert config.listen == Listen("0.0.0.0", 443, "c.pem", "k.pem")
    assert (config.intake.upload_bytes, config.intake.idle_seconds) == (1000, 2.0)
    assert config.webhooks.allowed_hosts == ("hooks.internal",)
    assert config.gates == {"clamd": {"listen": "127.0.0.1:3310", "on_failure": "closed"}}


def test_what_is_shown_is_what_would_be_read():
    config = parsed(FULL, "x")
    assert parsed(shown(config), "x") == config


def test_the_template_says_everything_and_changes_nothing():
    assert parsed(template(), "x") == ServiceConfig()
    every = "\n".join(
        line[2:] if " = " in line else line for line in template().splitlines()
    )  # fmt: skip
    assert parsed(every, "x") == ServiceConfig()
    for item in (*fields(Listen), *fields(Intake)):
        assert f"# {item.name} = " in template()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[listn]\nport = 1", "unknown section 'listn'"),
        ("[listen]\nprt = 1", "unknown name 'prt'"),
        ("[listen]\nport = '1'", "'port' must be int"),
        ("[listen]\nport = true", "'port' must be int"),
        ("[listen]\nproxies = ['localhost']", "'proxies' must be addresses or networks"),
        ("[listen]\nport = 70000", "at most 65535"),
        ("[listen]\ntls_cert = 'c'", "needs both"),
        ("[intake]\nupload_bytes = -1", "must not be negative"),
        ("[intake]\nidle_seconds = nan", "must not be negative"),
        ("[webhooks]\nallowed_hosts = 'x'", "must be list"),
        ("[webhooks]\nallowed_hosts = [1]", "list of texts"),
        ("listen = 1", "must be a table"),
        ("[gates]\nclamd = 1", r"\[gates.clamd\]"),
        ("[listen", "not valid TOML"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, why: str):
    with pytest.raises(UsageError, match=why):
        parsed(text, "service.toml")


def test_a_file_that_is_no_text(tmp_path: Path):
    (tmp_path / FILE).write_bytes(b"\xff")
    with pytest.raises(UsageError, match="UTF-8"):
        load(tmp_path)
