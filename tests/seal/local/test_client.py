from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.seal.local_helper import known

from tidebreak.errors import CannotAsk
from tidebreak.model import Signal
from tidebreak.seal.local import wire
from tidebreak.seal.local.client import LocalStore
from tidebreak.seal.local.wire import Known, Reply, Status

MD5 = Signal.parse("md5", "00" * 16)
SHA1 = Signal.parse("sha1", "11" * 20)
PDQ = Signal.parse("pdq", "f0" * 32)


@contextmanager
def answering(place: Path, *bodies: bytes) -> Iterator[list[bytes]]:
    """One body for each connection, after its question; an empty one hangs up."""
    asked: list[bytes] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(place))
        listening.listen()

        def serve() -> None:
            for body in bodies:
                line, _ = listening.accept()
                with line:
                    asked.append(line.recv(1 << 16)[4:])
                    if body:
                        line.sendall(wire.frame(body))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield asked
        thread.join(10)


def said(*known: Known, version: str = "1") -> bytes:
    return wire.reply(Reply(Status.ANSWERED, version, known))


def test_items_are_known_by_any_of_their_signals(tmp_path: Path):
    with answering(tmp_path / "s", said(Known.NO, Known.CERTAIN, Known.NO)) as asked:
        answers = LocalStore(tmp_path / "s").ask(
            [[known(1), known(2)], [known(3)], [known(2), PDQ], [known(3), known(1)]]
        )
    assert [answer.known for answer in answers] == [True, False, True, False]
    assert {answer.version for answer in answers} == {"1"}
    # Each identifier once, and nothing that a store cannot know.
    assert len(wire.read_question(asked[0])) == 3


@pytest.mark.parametrize(
    ("flags", "known", "certain"),
    [
        ((Known.NO, Known.NO), False, True),
        ((Known.UNCERTAIN, Known.NO), True, False),
        ((Known.UNCERTAIN, Known.UNCERTAIN), True, True),
        ((Known.NO, Known.CERTAIN), True, True),
    ],
)
def test_what_one_weak_digest_says_is_not_certain(tmp_path: Path, flags, known, certain):
    with answering(tmp_path / "s", said(*flags)):
        [answer] = LocalStore(tmp_path / "s").ask([[MD5, SHA1]])
    assert (answer.known, answer.certain) == (known, certain)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "EOFError"),
        (b"\1", "Malformed"),
        (said(), "no full answer"),
        (said(Known.NO, Known.NO), "no full answer"),
        (wire.reply(Reply(Status.REFUSED)), "refused"),
        (wire.reply(Reply(Status.EXPIRED)), "past its expiry"),
        (wire.reply(Reply(Status.FAILED)), "failed"),
        (wire.reply(Reply(Status.LATER, wait=99)), "as much as it may"),
    ],
)
def test_no_answer_is_never_a_no(tmp_path: Path, body, why):
    with (
        answering(tmp_path / "s", body),
        pytest.raises(CannotAsk, match=why) as raised,
    ):
        LocalStore(tmp_path / "s", patience=5).ask([[known(1)]])
    assert known(1).text not in str(raised.value)


def test_it_waits_as_long_as_it_is_told_and_has_patience(tmp_path: Path):
    later = wire.reply(Reply(Status.LATER, wait=0.1))
    busy = wire.reply(Reply(Status.BUSY))
    with answering(tmp_path / "s", later, busy, said(Known.CERTAIN)) as asked:
        assert LocalStore(tmp_path / "s", patience=5).ask([[known(1)]])[0].known
    assert len(asked) == 3


def test_many_identifiers_go_in_parts_that_must_agree_on_the_version(tmp_path: Path):
    items = [[known(n)] for n in range(wire.MOST + 1)]
    first = said(*[Known.NO] * wire.MOST)
    with answering(tmp_path / "s", first, said(Known.CERTAIN)):
        assert [a.known for a in LocalStore(tmp_path / "s").ask(items)][-2:] == [False, True]
    with (
        answering(tmp_path / "t", first, said(Known.CERTAIN, version="2")),
        pytest.raises(CannotAsk, match="exchanged"),
    ):
        LocalStore(tmp_path / "t").ask(items)


def test_nothing_is_asked_of_a_stranger(tmp_path: Path):
    with (
        answering(tmp_path / "s", b"") as asked,
        pytest.raises(CannotAsk, match="whom nobody named"),
    ):
        LocalStore(tmp_path / "s", owners=[12345]).ask([[known(1)]])
    assert asked == [b""]


def test_what_cannot_be_asked_is_an_error(tmp_path: Path):
    store = LocalStore(tmp_path / "none", patience=1)
    for items in ([[PDQ]], [[known(1)], []]):
        with pytest.raises(CannotAsk, match="nothing exact"):
            store.ask(items)
    with pytest.raises(CannotAsk, match="does not answer"):
        store.ask([[known(1)]])
    assert store.ask([]) == []


def test_a_store_that_hangs_up_before_the_question_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    hung_up = threading.Event()

    def serve() -> None:
        line, _ = listening.accept()
        with line:
            line.sendall(wire.frame(wire.reply(Reply(Status.BUSY))))
        hung_up.set()

    def check(self: LocalStore, line: socket.socket) -> None:
        assert hung_up.wait(10)

    monkeypatch.setattr(LocalStore, "_check_owner", check)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(tmp_path / "s"))
        listening.listen()
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        with pytest.raises(CannotAsk, match="too many others"):
            LocalStore(tmp_path / "s", patience=0.2).ask([[known(1)]])
        thread.join(10)
