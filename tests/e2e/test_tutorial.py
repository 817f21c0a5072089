"""The tutorial, run as it stands."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def test_every_command_of_the_tutorial_works_in_order(tmp_path: Path):
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "TIDEBREAK_HOME": str(tmp_path / "home"),
        "TIDEBREAK_KEY_FILE": str(tmp_path / "key"),
    }
    lines = [
        line.removeprefix("$ ")
        for block in BLOCK.findall((DOCS / "tutorial.md").read_text())
        for line in block.splitlines()
    ]
    said = ""
    for line in lines:
        done = subprocess.run(
            ["bash", "-c", line], cwd=tmp_path, env=environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
        said += done.stdout
    assert "T-1" in said
    lines = (tmp_path / "report" / "items.jsonl").read_text().splitlines()
    items = [json.loads(line) for line in lines]
    matched = sorted(
        item["path"].split("/disk/")[1] for item in items if item["state"] == "matched"
    )
    assert matched == ["archive/backup.tar.gz!/known.txt", "archive/renamed.bin", "known.txt"]
