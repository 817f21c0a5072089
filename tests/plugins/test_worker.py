"""The worker's desk in this process; that it is locked down is `test_process`'s to show."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

import pytest
from tests.plugins.plugin_helper import PHOTO, SOURCE, WORDS, needs_threatexchange

from tidebreak.plugins.worker import Desk, told


@pytest.fixture
def desk() -> Desk:
    needs_threatexchange()
    names: dict[str, Any] = {}
    exec(compile(SOURCE, "plugin", "exec"), names)
    return Desk(names["TX_MANIFEST"])


def test_an_unknown_question_is_an_answer_too(desk: Desk):
    for question in ({}, {"do": "serialize"}, {"do": "hash", "type": 99}, {"do": "match"}):
        assert "failed" in desk.answer(question, None)


def test_a_descriptor_is_closed_whatever_happens(desk: Desk):
    file = os.memfd_create("test")
    assert "failed" in desk.answer({"do": "hash", "type": 99}, file)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(file)


def test_matches_are_those_of_its_own_comparison_nearest_first(desk: Desk):
    texts = ["a b c d", "a b", "a b c", "x y z"]
    desk.answer({"do": "know", "type": WORDS, "texts": texts}, None)
    answer = desk.answer({"do": "match", "type": WORDS, "text": "a b c"}, None)
    assert answer == {"matches": [(2, 0.0), (0, 1.0), (1, 1.0)], "omitted": 0}
    assert desk.answer({"do": "match", "type": PHOTO, "text": "a b c"}, None)["matches"] == []


def test_many_matches_are_cut_and_counted(desk: Desk):
    desk.answer({"do": "know", "type": WORDS, "texts": ["a"] * 1500}, None)
    answer = desk.answer({"do": "match", "type": WORDS, "text": "a"}, None)
    assert (len(answer["matches"]), answer["omitted"]) == (1000, 500)


def test_their_index_is_never_touched(desk: Desk):
    # Its (de)serialisers raise; nothing above has called them, and nothing here can.
    assert not any(word in str(sorted(vars(Desk))) for word in ("serialize", "index"))


def test_what_a_plug_in_says_is_not_repeated():
    assert "secret" not in told(ValueError("secret"))
    assert told(ModuleNotFoundError("x", name="tlsh")) == "it needs tlsh, which is not installed"
    assert "SystemExit" in told(SystemExit("secret"))


def test_a_type_that_is_no_class_has_no_hasher(desk: Desk):
    from tidebreak.plugins import worker

    assert worker._hasher(SimpleNamespace()) == ""  # pyright: ignore[reportPrivateUsage]
