from __future__ import annotations

import contextlib
import hashlib
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.check.align import answer_all
from tidebreak.check.held import HeldFiles
from tidebreak.check.records import record
from tidebreak.errors import BadLink
from tidebreak.links.alignment import Alike


def test_queries_are_answered_in_order(files):
    data = (files / "b.bin").read_bytes()
    query = {"size": 9000, "skip": 5, "piece_length": 200,
             "sha1": hashlib.sha1(data[5:205]).hexdigest()}  # fmt: skip
    lines = [json.dumps(query), "", json.dumps(query | {"skip": 6})]
    answers = answer_all(io.BytesIO("\n".join(lines).encode()), HeldFiles([files]))
    assert [(a.line, a.answer) for a in answers] == [(1, Alike.YES), (3, Alike.NO)]


def test_what_check_prints_is_a_list_of_queries(installation, know, torrent, files, tmp_path):
    know("a.bin")
    (tmp_path / "x.torrent").write_bytes(torrent("v1"))
    lines = [json.dumps(record(c)) for c in installation.check([str(tmp_path / "x.torrent")])]
    answers = answer_all(io.BytesIO("\n".join(lines).encode()), HeldFiles([files]))
    assert {a.path: a.answer for a in answers} == {"a.bin": Alike.YES, "c.bin": Alike.YES}


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "[]",
        "5",
        '{"size": -1}',
        '{"size": 5, "skip": 9, "piece_length": 1, "sha1": "00"}',
        '{"size": "5", "skip": 0, "piece_length": 1, "sha1": "00"}',
        '{"files": 5}',
    ],
)
def test_a_line_that_asks_nothing_is_refused(line, tmp_path):
    with pytest.raises(BadLink):
        answer_all(io.BytesIO(line.encode()), HeldFiles([tmp_path]))


_KEYS = st.sampled_from(["size", "files", "alignment", "sha1"])


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(_KEYS, inner),
    )
)
def test_any_json_is_answered_or_refused(value):
    with contextlib.suppress(BadLink):
        assert answer_all(io.BytesIO(json.dumps(value).encode()), HeldFiles([])) == []


def test_a_name_that_no_output_could_hold_is_shown_otherwise():
    line = '{"path": "\\ud800", "size": 9, "skip": 0, "piece_length": 1, "sha1": "%s"}' % ("0" * 40)
    (answer,) = answer_all(io.BytesIO(line.encode()), HeldFiles([]))
    assert answer.path == "?"
