from __future__ import annotations

from pathlib import Path

import libtorrent as lt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.gates.conftest import Oracle, make_torrent

from tidebreak import links
from tidebreak.gates.metainfo import judge, questions
from tidebreak.gates.policy import Action, OnFailure, Policy
from tidebreak.links.reference import Kind, NamedFile, Reference
from tidebreak.model import Signal
from tidebreak.signals import signal_type

A, B = (Signal(signal_type("sha256"), bytes([n]) * 32) for n in (1, 2))
HINT = Signal(signal_type("sha1"), b"h" * 20)
HASH = Signal(signal_type("btih"), b"i" * 20)


def torrent(*files: NamedFile, reason: str = "") -> Reference:
    return Reference(Kind.TORRENT, (HASH,), files, reason=reason)


def decide(reference: Reference, oracle: Oracle, policy: Policy | None = None):
    [decision] = judge([reference], oracle, policy or Policy())
    return decision


def test_the_whole_and_every_named_file_are_asked_about_once(oracle: Oracle):
    twice = torrent(NamedFile("a", 9, (A,)), NamedFile("b", 9, (B,)), NamedFile("c", 9, (A,)))
    assert decide(twice, oracle).action is Action.ALLOW
    assert oracle.asked == [[[HASH], [A], [B]]]


@pytest.mark.parametrize("known", [HASH, A, B])
def test_one_known_part_is_enough_and_is_not_named(known: Signal, oracle: Oracle):
    oracle.learn(known)
    decision = decide(torrent(NamedFile("a", 9, (A,)), NamedFile("b", 9, (B,))), oracle)
    assert (decision.action, decision.known, decision.version) == (Action.REFUSE, True, "7")
    assert decision.why == "something in it is known"
    assert not decision.unjudged


def test_a_hint_is_for_review_and_never_refuses(oracle: Oracle):
    oracle.learn(HINT)
    hinted = torrent(NamedFile("a", 9, hints=(HINT,)))
    assert (decide(hinted, oracle).action, decide(hinted, oracle).known) == (Action.HOLD, False)


def test_what_collisions_could_imitate_is_for_review(oracle: Oracle):
    oracle.certain = False
    oracle.learn(A)
    decision = decide(torrent(NamedFile("a", 9, (A,))), oracle)
    assert (decision.action, decision.known) == (Action.HOLD, True)


def test_what_no_question_reaches_is_stated(oracle: Oracle):
    silent = torrent(
        NamedFile("a", 9, (A,)),
        NamedFile("b", 9, silent="shorter than a piece"),
        NamedFile("empty", 0, silent="empty"),
        NamedFile("d", 9, hints=(HINT,)),
    )
    decision = decide(silent, oracle)
    assert decision.action is Action.ALLOW
    assert [(u.number, u.path) for u in decision.unjudged] == [(2, "b"), (4, "d")]
    assert decision.unjudged[0].why == "shorter than a piece"


def test_a_link_says_that_it_does_not_list_its_files(oracle: Oracle):
    decision = decide(Reference(Kind.MAGNET, (HASH,)), oracle)
    assert [(u.number, u.why) for u in decision.unjudged] == [(0, "it does not list its files")]


def test_what_was_not_fully_read_is_no_clear(oracle: Oracle):
    part = torrent(NamedFile("a", 9, (A,)), reason="its keys are not sorted")
    assert (decide(part, oracle).action, decide(part, oracle).known) == (Action.HOLD, None)
    assert decide(part, oracle, Policy(on_failure=OnFailure.OPEN)).action is Action.ALLOW
    oracle.learn(A)
    assert decide(part, oracle).action is Action.REFUSE


def test_what_names_nothing_is_no_clear(oracle: Oracle):
    assert decide(Reference(Kind.IPFS), oracle).known is None
    assert oracle.asked == []


@pytest.mark.parametrize("error", [RuntimeError("a secret"), OSError("a secret"), ValueError()])
def test_an_asker_that_breaks_opens_nothing_and_is_not_quoted(error: Exception, oracle: Oracle):
    oracle.broken = error
    decision = decide(torrent(), oracle)
    assert (decision.action, decision.known) == (Action.HOLD, None)
    assert type(error).__name__ in decision.why
    assert "secret" not in decision.why


def test_too_few_answers_are_none(oracle: Oracle):
    class Short(Oracle):
        def ask(self, items):
            return super().ask(items)[:-1]

    assert decide(torrent(), Short()).action is Action.HOLD


@given(st.lists(st.lists(st.booleans(), max_size=4), max_size=6))
def test_answers_go_to_those_who_asked(knowns: list[list[bool]]):
    oracle, references = Oracle(), list[Reference]()
    for number, row in enumerate(knowns):
        values = [Signal(A.type, bytes([number, place]) * 16) for place in range(len(row))]
        oracle.learn(*(value for value, known in zip(values, row, strict=True) if known))
        whole = Signal(HASH.type, bytes([number]) * 20)
        files = tuple(NamedFile(str(v), 1, (v,)) for v in values)
        references.append(Reference(Kind.TORRENT, (whole,), files))
    decisions = judge(references, oracle, Policy())
    assert [decision.known for decision in decisions] == [any(row) for row in knowns]


@pytest.mark.parametrize("form", ["v1", "v2", "hybrid"])
def test_torrents_of_libtorrent_by_infohash_and_by_file(form: str, tmp_path: Path, oracle: Oracle):
    data = make_torrent(tmp_path, "pack", [50_000, 20_000, 40_000], form)
    reference = links.read_file(data)
    info = lt.torrent_info(lt.bdecode(data))
    assert decide(reference, oracle).action is Action.ALLOW
    v1 = Oracle({("btih", info.info_hashes().get_best().to_bytes())})
    assert decide(reference, v1).action is Action.REFUSE
    roots = [file.signals for file in reference.files if file.signals]
    assert len(roots) == (0 if form == "v1" else 3)
    assert len(questions(reference).unjudged) == (3 if form == "v1" else 0)
    for signals in roots:
        one = Oracle()
        one.learn(*signals)
        assert decide(reference, one).action is Action.REFUSE


def test_a_file_beside_an_infohash_in_a_link_does_not_tell_of_the_torrent():
    link = links.read(f"magnet:?xt=urn:btih:{'1' * 40}&xt=urn:sha1:{'2' * 40}")
    assert [each.number for each in questions(link).unjudged] == [0]
