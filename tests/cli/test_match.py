from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tidebreak.errors import BadSignal

MD5 = hashlib.md5(b"x").hexdigest()


@pytest.fixture
def listed(run, tmp_path: Path):
    (tmp_path / "list.csv").write_text(f"id,md5,pdq\nA [b],{MD5},{'5a' * 32}\n")
    run("init")
    run("lists", "import", "list.csv", "--name", "L", "--kind", "watch")
    return run


def test_the_table_says_what_and_why_and_the_code_says_found(listed):
    said = listed("match", f"md5:{MD5}", f"pdq:{'5a' * 31}5b", code=1).output
    assert "A [b]" in said
    assert "exact-weak" in said
    assert "1 of 256 bits differ" in said


def test_nothing_known(listed):
    assert "resembles nothing known" in listed("match", "sha1:" + "00" * 20, code=0).output


def test_json_and_standard_input(listed):
    said = listed("match", "--json", "-", given=f"md5:{MD5}\n\nsha1:{'0' * 40}\n", code=1).output
    first, second = map(json.loads, said.splitlines())
    assert first["signal"] == f"md5:{MD5}"
    assert first["verdict"]["matches"][0]["entry"] == "A [b]"
    assert second["verdict"] == {"level": "none", "matches": [], "omitted": 0}


@pytest.mark.parametrize("text", [MD5, "md5:12", "odd:12", "pdq:" + "00" * 31])
def test_what_is_no_signal_is_refused(listed, text: str):
    with pytest.raises(BadSignal):
        listed("match", text)
