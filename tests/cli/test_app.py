from __future__ import annotations

import pytest

from tidebreak import __version__


def test_help_names_every_command_and_the_exit_codes(run):
    said = run("--help").output
    for name in ("init", "lists", "scan", "hash", "match", "doctor", "Exit codes"):
        assert name in said


def test_version(run):
    assert run("--version").output.strip() == f"tidebreak {__version__}"


@pytest.mark.parametrize("arguments", [["scann"], ["scan", "--reprot", "x"], ["hash"]])
def test_what_is_no_command_is_an_error(run, arguments: list[str]):
    run(*arguments, code=2)
