from __future__ import annotations

import hashlib
import json

import pytest

from tidebreak.errors import UsageError

DATA = b"some bytes of ours"


@pytest.fixture
def known(run, tmp_path):
    """An installation with one list, that knows one file by its SHA-1."""
    run("init")
    (tmp_path / "list.csv").write_text(f"id,sha1\na,{hashlib.sha1(DATA).hexdigest()}\n")
    run("lists", "import", "list.csv", "--name", "mine", "--kind", "contraband")
    return f"magnet:?xt=urn:sha1:{hashlib.sha1(DATA).hexdigest()}&dn=a"


def test_a_known_link_exits_with_1_and_says_which_entry(run, known):
    out = run("check", known, code=1).output
    assert "exact-weak" in out
    assert "mine" in out
    assert "1  matched" in out


def test_json_has_one_object_per_line(run, known):
    lines = f"{known}\nurn:sha1:{'0' * 40}\nnonsense\n"
    out = run("check", "-", "--json", code=1, given=lines).stdout
    records = [json.loads(line) for line in out.splitlines()]
    assert [each["state"] for each in records] == ["matched", "clear", "not fully examined"]
    assert [each["line"] for each in records] == [1, 2, 3]


def test_strict_fails_where_something_cannot_be_told(run, known):
    run("check", f"urn:btih:{'0' * 40}", "--strict", code=2)
    run("check", f"urn:btih:{'0' * 40}")
    run("check", f"urn:sha1:{'0' * 40}", "--strict")


def test_text_mode_skips_what_is_no_link(run, known, tmp_path):
    (tmp_path / "mail.txt").write_text(f"Good morning,\nplease see {known}.\nRegards\n")
    out = run("check", "--text", "mail.txt", code=1).output
    assert "1  matched" in out
    assert "0  not fully examined" in out


def test_the_answer_to_a_query_is_yes_or_no(run, tmp_path):
    (tmp_path / "held").mkdir()
    (tmp_path / "held" / "x").write_bytes(DATA)
    query = {"size": len(DATA), "skip": 5, "piece_length": 9}
    yes = query | {"sha1": hashlib.sha1(DATA[5:14]).hexdigest()}
    out = run("align", "-", "held", "--json", code=1, given=json.dumps(yes)).stdout
    assert json.loads(out) == {"line": 1, "path": "", "answer": "yes"}
    out = run("align", "-", "held", given=json.dumps(query | {"sha1": "0" * 40})).output
    assert "no" in out
    assert "1 query put to 1 file" in out


def test_a_path_that_is_not_there_is_one_sentence(run, known):
    with pytest.raises(UsageError, match="no file"):
        run("check", "./x.torrent")


def test_queries_that_are_not_there_are_an_error(run, tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        run("align", "none.jsonl", str(tmp_path), code=2)
