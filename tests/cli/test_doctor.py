from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from tests import tiny_model

from tidebreak.cli import doctor
from tidebreak.cli.doctor import Check
from tidebreak.index.features import FeatureIndex
from tidebreak.matching.verified import KnownScenes
from tidebreak.settings import Settings


def checks(run, code: int = 0) -> dict[str, dict[str, object]]:
    found = json.loads(run("doctor", "--json", code=code).output)["checks"]
    return {check["what"]: check for check in found}


def test_everything_is_tried(run):
    run("init")
    found = checks(run)
    for what in ("pictures: jpg", "kernels", "identifiers", "sandbox level", "key", "index",
                 "audit log", "disk"):  # fmt: skip
        assert found[what]["ok"] is True, found[what]


def test_extras_and_descriptors_are_listed(run, tmp_path: Path):
    run("init")
    tiny_model.declare(tmp_path)
    run("descriptors", "add", "tiny.toml")
    found = checks(run)
    for extra in ("heif", "7z", "video", "verify", "onnx"):
        assert found[f"extra: {extra}"]["ok"] is True
    assert found["descriptor: tiny"]["detail"] == "0 known vectors"


def test_without_an_installation_it_says_so_and_is_content(run):
    assert "tidebreak init" in str(checks(run)["installation"]["detail"])


def test_a_key_that_others_may_read_is_a_finding(run, tmp_path: Path):
    run("init")
    (tmp_path / "key").chmod(0o644)
    found = json.loads(run("doctor", "--json", code=2).output)["checks"]
    assert any("chmod 600" in check["detail"] for check in found if check["ok"] is False)


def test_a_tampered_audit_log_is_a_finding(run, tmp_path: Path):
    run("init")
    (tmp_path / "list.csv").write_text("md5\n" + "0" * 31 + "1\n")
    run("lists", "import", "list.csv", "--name", "L", "--kind", "watch")
    with sqlite3.connect(tmp_path / "home" / "audit.db") as log:
        for (trigger,) in log.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            log.execute(f"DROP TRIGGER {trigger}")
        log.execute("UPDATE event SET body = replace(body, 'watch', 'allow') WHERE seq = 1")
    log.close()
    assert checks(run, code=2)["audit log"]["ok"] is False


def test_a_part_that_fails_does_not_stop_the_others(run, monkeypatch: pytest.MonkeyPatch):
    def broken() -> Iterator[Check]:
        yield Check("before", True, "")
        raise RuntimeError("boom")

    monkeypatch.setattr(doctor, "_PARTS", (broken, doctor._machine))
    found = checks(run, code=2)
    assert found["before"]["ok"] is True
    assert found["broken"]["detail"] == "RuntimeError('boom')"
    assert "machine" in found


def test_the_table(run):
    said = run("doctor").output
    assert "works" in said
    assert "identifiers" in said


def test_warm_compiles_everything(run):
    *modules, end = run("doctor", "--warm").output.splitlines()
    assert end.startswith("All kernels are compiled")
    assert len(modules) > 10
    names = {line.split()[3] for line in modules}
    assert {"hashing.pdq_kernels", "matching.alignment_kernels"} <= names
    for number, line in enumerate(modules, start=1):
        assert line.split()[:3] == [str(number), "of", str(len(modules))]


@pytest.mark.parametrize(("unreadable", "fine"), [(0, True), (2, False)])
def test_known_pictures_that_cannot_be_found_are_said(unreadable: int, fine: bool):
    index = FeatureIndex.build(np.zeros((3, 40), np.uint8), np.zeros(3, np.uint32))
    scenes = SimpleNamespace(known=lambda: KnownScenes(index, unreadable))
    opened = SimpleNamespace(scenes=scenes, settings=Settings(verify=True))
    (check,) = doctor._scenes(opened)
    assert check.ok is fine
    assert check.detail.startswith("3 local features")
    assert ("2 pictures are of another version" in check.detail) is not fine
