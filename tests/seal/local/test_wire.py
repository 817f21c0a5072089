from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.seal.local.wire import (
    LONGEST,
    MOST,
    Known,
    Malformed,
    Reply,
    Status,
    frame,
    question,
    read_question,
    read_reply,
    reply,
)
from tidebreak.signals import EXACT_TYPES

IDENTIFIERS = st.lists(
    st.tuples(
        st.sampled_from(sorted({kind.space for kind in EXACT_TYPES})),
        st.binary(min_size=1, max_size=40),
    ),
    max_size=MOST,
)


@given(IDENTIFIERS)
def test_questions_come_back_as_they_went(asked):
    body = question(asked)
    assert read_question(body) == asked
    assert len(body) <= LONGEST
    assert frame(body)[4:] == body
    assert int.from_bytes(frame(body)[:4]) == len(body)


def test_the_longest_question_fits():
    longest = max((kind.space for kind in EXACT_TYPES), key=len)
    assert len(question([(longest, bytes(40))] * MOST)) <= LONGEST


@given(st.binary(max_size=300))
def test_any_bytes_are_a_question_or_malformed(body):
    try:
        asked = read_question(body)
    except Malformed:
        return
    assert question(asked) == body


@given(st.binary(max_size=60))
def test_any_bytes_are_an_answer_or_malformed(body):
    try:
        said = read_reply(body)
    except Malformed:
        return
    if said.status is not Status.LATER:
        assert reply(said) == body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\2\0\0",
        b"\1\1\1",
        b"\1\0\1\5sha25\x01a",
        b"\1\0\1\6sha256\0",
        b"\1\0\1\6sha256\x29" + bytes(41),
        question([("sha256", bytes(32))])[:-1],
        question([("sha256", bytes(32))]) + b"\0",
    ],
)
def test_malformed_questions(body):
    with pytest.raises(Malformed) as raised:
        read_question(body)
    assert not raised.value.args


@given(st.text("0123456789-TZ:", max_size=40), st.lists(st.sampled_from(Known), max_size=MOST))
def test_answers_come_back_as_they_went(version, known):
    said = Reply(Status.ANSWERED, version, tuple(known))
    assert read_reply(reply(said)) == said


def test_all_other_answers_say_only_what_they_are():
    for status in set(Status) - {Status.ANSWERED, Status.LATER}:
        assert read_reply(reply(Reply(status))) == Reply(status)
        assert len(reply(Reply(status))) == 2
    assert 1.5 <= read_reply(reply(Reply(Status.LATER, wait=1.5))).wait < 1.502
    for body in (b"\1\x09", b"\1\0\0\0\1\3", b"\1\0\1\xff\0\0", b"\1\1\0"):
        with pytest.raises(Malformed):
            read_reply(body)
