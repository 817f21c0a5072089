from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests import tiny_model

from tidebreak.errors import UsageError


def test_descriptors_are_added_shown_and_removed(run, tmp_path: Path):
    run("init")
    assert "Install one of your own" in run("descriptors").output
    tiny_model.declare(tmp_path)
    assert "tiny is installed" in run("descriptors", "add", "tiny.toml").output
    for arguments in (["descriptors"], ["descriptors", "list"]):
        shown = run(*arguments).output
        for part in ("tiny", "cosine", "48", "0.01/0.05", "A. Tester"):
            assert part in shown
    (record,) = map(json.loads, run("descriptors", "list", "--json").output.splitlines())
    assert (record["name"], record["known_vectors"]) == ("tiny", 0)
    assert "removed" in run("descriptors", "remove", "tiny", "--reason", "over").output
    assert run("descriptors", "list", "--json").output == ""


def test_a_file_that_is_none_is_one_sentence(run):
    run("init")
    with pytest.raises(UsageError, match="cannot be read"):
        run("descriptors", "add", "none.toml")
