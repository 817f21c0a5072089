from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.plugins.conftest import plugin  # noqa: F401 - a fixture
from tests.plugins.plugin_helper import MODULE

from tidebreak.errors import BadList, UsageError


@pytest.mark.slow
def test_from_nothing_to_a_match(run: Run, plugin: Path, tmp_path: Path):  # noqa: F811
    run("init")
    assert "No plug-ins" in run("plugins").output
    with pytest.raises(UsageError, match="No plug-in is installed"):
        run("plugins", "scan", tmp_path)
    assert "photo_md5, words, size" in run("plugins", "add", MODULE).output
    assert MODULE in run("plugins", "list").output
    (listed,) = map(json.loads, run("plugins", "list", "--json").output.splitlines())
    assert (listed["module"], listed["level"]) == (MODULE, "possible")
    assert "words" in run("plugins", "check").output
    (tmp_path / "hashes").write_text("a b c\tE1\nx y z\n")
    done = run("plugins", "import", "words", "hashes", "--name", "L", "--kind", "contraband")
    assert "L: 2 hashes of type words" in done.output
    assert not list((tmp_path / "home").glob(".plugins-*"))
    disk = tmp_path / "disk"
    disk.mkdir()
    (disk / "known.txt").write_text("c b a a\n" * 3)
    (disk / "other.txt").write_text("nothing of the kind\n")
    shown = run("plugins", "scan", "disk", "--json", code=1).stdout.splitlines()
    records = {Path(one["path"]).name: one for one in map(json.loads, shown)}
    assert records["known.txt"]["verdict"]["matches"][0]["entry"] == "E1"
    assert records["other.txt"]["state"] == "clear"
    assert "1 recognised, 1 clear" in run("plugins", "scan", "disk", code=1).output
    plugin.write_text(plugin.read_text() + "\n")
    assert "not what it was" in run("plugins", "check", code=2).stderr
    run("plugins", "remove", MODULE, "--reason", "test")
    assert "No plug-ins" in run("plugins").output


def test_a_bad_line_stops_an_import(run: Run, plugin: Path, tmp_path: Path):  # noqa: F811
    run("init")
    run("plugins", "add", MODULE)
    (tmp_path / "hashes").write_text("ab\n")
    importing = ("plugins", "import", "photo_md5", "hashes", "--name", "L", "--kind", "contraband")
    with pytest.raises(BadList, match="line 1"):
        run(*importing)
    with pytest.raises(UsageError, match="holds no hash"):
        run(*importing, "--skip-bad")
    with pytest.raises(UsageError, match="there are: photo_md5, words, size"):
        run("plugins", "import", "other", "hashes", "--name", "L", "--kind", "contraband")
    assert "No lists" in run("lists").output
