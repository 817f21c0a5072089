from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from tests.backends import BOTH

from tidebreak.errors import Damaged, UsageError
from tidebreak.model import Examination, Level, ListKind, Match, Signal, State, Verdict
from tidebreak.remote.judges import Judged
from tidebreak.remote.queue import Queue, verdict_text
from tidebreak.remote.terms import Terms
from tidebreak.store.stores import Stores
from tidebreak.store.vault import Vault

BACKENDS = BOTH
TERMS = Terms("third.example")
SHA = Signal.parse("sha256", "ab" * 32)
MATCH = Match("L", "us", ListKind.CONTRABAND, "e", "", "", Level.NEAR, "pdq", float("nan"))


def opened(stores: Stores, key: bytes = b"k" * 32) -> Queue:
    return Queue(stores.open("remote", "tidebreak.remote"), Vault(key))


@pytest.fixture
def queue(stores: Stores) -> Iterator[Queue]:
    made = opened(stores)
    yield made
    made._sql.close()  # pyright: ignore[reportPrivateUsage]


def found(member: str = "", *signals: Signal, reason: str = "", **more: bool) -> Examination:
    return Examination(member, 5, "image/png", signals, reason=reason, note="note", **more)  # type: ignore[arg-type]


def test_what_can_be_asked_waits_and_the_rest_has_its_state(queue: Queue):
    run = queue.begin(TERMS, [b"/a"])
    queue.add(run, [
        (b"/a/1", found("", SHA)),
        (b"/a/2", found("", reason="damaged")),
        (b"/a/3", found("", Signal.parse("ed2k", "ab" * 16))),
        (b"/a/4", found("", SHA, trivial=True)),
        (b"/a/5", found("in.zip!/\udcff", SHA, reason="cut off")),
    ])  # fmt: skip
    first, second = queue.waiting(run.id, 10)
    assert (first.signals, first.reason, second.reason) == ((SHA,), "", "cut off")
    states = {one.path: (one.state, one.waiting, one.reason) for one in queue.outcomes(run.id)}
    assert states[b"/a/2"] == (State.NOT_FULLY_EXAMINED, False, "damaged")
    assert states[b"/a/3"][0] is State.NOT_FULLY_EXAMINED
    assert "none of the identifiers" in states[b"/a/3"][2]
    assert states[b"/a/4"] == (State.CLEAR, False, "")
    assert states[b"/a/5"][:2] == (State.NOT_FULLY_EXAMINED, True)
    assert "nobody has said yet" in states[b"/a/1"][2]
    assert {one.member for one in queue.outcomes(run.id)} == {"", "in.zip!/\udcff"}


def test_an_answer_takes_the_place_of_what_was_sent(queue: Queue):
    run = queue.begin(TERMS, [])
    queue.add(run, [(b"/1", found("", SHA)), (b"/2", found("", SHA, reason="cut off"))])
    both = queue.waiting(run.id, 10)
    said = [Judged(Verdict(Level.NEAR, (MATCH,)), "v", "said"), Judged(Verdict(), "v")]
    queue.answer(list(zip(both, said, strict=True)))
    assert queue.waiting(run.id, 10) == []
    known, unknown = queue.outcomes(run.id)
    assert (known.state, known.level, known.note) == (State.MATCHED, Level.NEAR, "note; said")
    assert known.verdict["matches"][0]["distance"] is None
    assert (unknown.state, unknown.reason) == (State.NOT_FULLY_EXAMINED, "cut off")
    rows = queue._sql.rows("SELECT signals FROM item")  # pyright: ignore[reportPrivateUsage]
    assert rows == [(None,), (None,)]


def test_what_waits_is_not_readable_in_the_store(stores: Stores, queue: Queue):
    run = queue.begin(TERMS, [])
    queue.add(run, [(b"/1", found("", SHA))])
    ((stored,),) = queue._sql.rows("SELECT signals FROM item")  # pyright: ignore[reportPrivateUsage]
    assert SHA.value not in stored
    assert SHA.text.encode() not in stored
    other = opened(stores, b"x" * 32)
    with pytest.raises(Damaged):
        other.waiting(run.id, 10)
    other._sql.close()  # pyright: ignore[reportPrivateUsage]


def test_the_last_run_is_gone_on_with_unless_it_ended(queue: Queue):
    with pytest.raises(UsageError, match="No remote scan"):
        queue.interrupted()
    run = queue.begin(TERMS, [b"/a", b"/\xff"])
    assert queue.interrupted() == run
    assert not queue.seen(run.id, b"/a/1")
    queue.add(run, [(b"/a/1", found("", SHA))])
    assert queue.seen(run.id, b"/a/1")
    assert not queue.seen(run.id + 1, b"/a/1")
    queue.finish(run.id)
    with pytest.raises(UsageError):
        queue.interrupted()


def test_a_verdict_is_json_that_everybody_reads():
    def refuse(name: str) -> None:
        raise AssertionError(name)

    json.loads(verdict_text(Verdict(Level.NEAR, (MATCH,))), parse_constant=refuse)
