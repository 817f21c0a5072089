from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.seal.sealed_helper import import_numbers, signal_of

from tidebreak.errors import CannotAsk, OverLimit, UsageError
from tidebreak.installation import Tidebreak
from tidebreak.model import Signal
from tidebreak.seal.online import client as module
from tidebreak.seal.online import wire
from tidebreak.seal.online.client import Client, Remembered
from tidebreak.seal.online.connection import Reply
from tidebreak.seal.online.keys import SealKeys
from tidebreak.seal.online.known import Known
from tidebreak.seal.online.limits import Limits
from tidebreak.seal.online.service import Service
from tidebreak.seal.online.token import Token
from tidebreak.signals import signal_type

Sent = list[tuple[str, bytes]]
Connected = Callable[..., Client]


class Direct:
    """Stands for the connection: asks the service without HTTP, and notes what was sent."""

    def __init__(self, service: Service, token: Token) -> None:
        found = service.operators.admitted(token.operator, token.secret)
        assert found is not None
        self.service, self.operator = service, found
        self.sent: Sent = []
        self.change: Callable[[str, Reply], Reply] = lambda path, reply: reply

    def send(self, method: str, path: str, body: bytes = b"", version: str = "") -> Reply:
        self.sent.append((path, body))
        try:
            if path == wire.SET:
                content, newest = self.service.set_of(self.operator)
                reply = (
                    Reply(304, b"", newest) if version == newest else Reply(200, content, newest)
                )
            elif path == wire.EVALUATE:
                reply = Reply(200, *self.service.evaluate(self.operator, body))
            else:
                reply = Reply(200, *self.service.confirm(self.operator, body))
        except (UsageError, OverLimit) as error:
            raise CannotAsk(str(error)) from None
        return self.change(path, reply)

    def close(self) -> None:
        pass

    def paths(self) -> list[str]:
        return [path for path, _ in self.sent]


@pytest.fixture
def token(service: Service) -> Token:
    return service.operators.add("one", Limits(per_day=100_000, burst=100_000))


@pytest.fixture
def direct(service: Service, token: Token) -> Direct:
    return Direct(service, token)


@pytest.fixture
def client(direct: Direct, token: Token, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(module, "Connection", lambda *_, **__: direct)
    return Client("https://sealed.example", token.text)


def ask(client: Client, *numbers: int) -> list[bool]:
    return [answer.known for answer in client.ask([[signal_of(n)] for n in numbers])]


def test_what_is_known_is_known_and_nothing_else(client: Client, service: Service):
    assert ask(client, *range(30)) == [True] * 20 + [False] * 10
    assert {a.version for a in client.ask([[signal_of(1)]])} == {service.known.version}


def test_the_server_sees_no_identifier(client: Client, direct: Direct):
    ask(client, *range(15, 25))
    everything = b"".join(body for _, body in direct.sent)
    for number in range(15, 25):
        assert signal_of(number).value not in everything
    confirmed = [body for path, body in direct.sent if path == wire.CONFIRM]
    assert [len(body) // 16 for body in confirmed] == [5]  # of what is known alone


def test_where_nothing_may_be_known_nothing_is_confirmed(client: Client, direct: Direct):
    assert ask(client, *range(100, 120)) == [False] * 20
    assert direct.paths() == [wire.SET, wire.EVALUATE]


def test_an_item_is_known_by_any_of_its_signals(
    client: Client, listed: Tidebreak, service: Service
):
    import_numbers(listed, [70], "weak", "md5")
    import_numbers(listed, [70], "weak too", "sha1")
    service.follow()
    md5, sha1, pdq = (
        signal_of(70, "md5"),
        signal_of(70, "sha1"),
        Signal(signal_type("pdq"), bytes(32)),
    )
    items = [[signal_of(99), signal_of(3)], [md5], [md5, sha1], [md5, pdq], [signal_of(99)]]
    answers = client.ask(items)
    assert [answer.known for answer in answers] == [True, True, True, True, False]
    assert [answer.certain for answer in answers] == [True, False, True, False, True]


@pytest.mark.parametrize("items", [[[]], [[Signal(signal_type("pdq"), bytes(32))]]])
def test_an_item_without_exact_signals_is_no_no(client: Client, items: list[list[Signal]]):
    with pytest.raises(CannotAsk, match="exact"):
        client.ask(items)


def test_asking_nothing_answers_nothing(client: Client):
    assert client.ask([]) == []


def test_many_are_asked_in_batches_each_value_once(client: Client, direct: Direct):
    assert ask(client, *range(2500), *range(2500)).count(True) == 40
    evaluated = [len(body) // 32 for path, body in direct.sent if path == wire.EVALUATE]
    assert sorted(evaluated) == [500, 1000, 1000]


def test_what_is_not_known_is_not_asked_again(client: Client, direct: Direct):
    ask(client, 1, 50)
    direct.sent.clear()
    assert ask(client, 50) == [False]
    assert direct.sent == []
    assert ask(client, 50, 1) == [False, True]
    assert [len(b) // 32 for p, b in direct.sent if p == wire.EVALUATE] == [1]


def test_lists_that_changed_are_asked_anew(client: Client, listed: Tidebreak, service: Service):
    assert ask(client, 1, 50) == [True, False]
    import_numbers(listed, [50], "new")
    listed.catalogue.withdraw("list", "#2", "test")
    service.follow()
    # The set is still fresh enough; the answer to what is asked besides says that it is not.
    assert ask(client, 1, 50) == [False, True]


def test_lists_that_change_all_the_time_give_no_answer(
    client: Client, direct: Direct, service: Service
):
    known = service.known
    versions = iter(range(100))

    def change(path: str, reply: Reply) -> Reply:
        service._known = Known(f"{next(versions):016x}", known.values, known.certain, known.index)
        return reply

    direct.change = change
    with pytest.raises(CannotAsk, match="change all the time"):
        ask(client, 1)


def test_a_server_with_another_key_is_not_believed(client: Client, service: Service):
    from tidebreak.seal.oprf.voprf import Key

    service._key = Key(SealKeys.derive(b"\7" * 32).private)
    with pytest.raises(CannotAsk, match="proof is wrong"):
        ask(client, 1)
    service._key.public = client._token.public  # also when it claims to be the other
    with pytest.raises(CannotAsk, match="proof is wrong"):
        ask(client, 1)


@pytest.mark.parametrize("body", [b"", bytes(96), b"\xff" * 96, bytes(95), bytes(300)])
def test_an_evaluation_that_is_none_is_refused(client: Client, direct: Direct, body: bytes):
    direct.change = lambda path, reply: (
        Reply(200, body, reply.version) if path == wire.EVALUATE else reply
    )
    with pytest.raises(CannotAsk, match="proof is wrong"):
        ask(client, 1)


@pytest.mark.parametrize("body", [b"", b"\3", b"\1\1", b'{"known": false}'])
def test_a_confirmation_that_is_none_is_refused(client: Client, direct: Direct, body: bytes):
    direct.change = lambda path, reply: (
        Reply(200, body, reply.version) if path == wire.CONFIRM else reply
    )
    with pytest.raises(CannotAsk, match="is none"):
        ask(client, 1)


def test_a_set_that_makes_the_client_show_too_much_is_refused(client: Client, direct: Direct):
    direct.change = lambda path, reply: (
        Reply(200, bytes(len(reply.body)), reply.version) if path == wire.CONFIRM else reply
    )
    assert ask(client, 1, 2) == [False, False]  # a few may be chance
    with pytest.raises(CannotAsk, match="does not confirm"):
        ask(client, *range(3, 20))


def test_a_server_that_fails_in_the_middle_gives_no_answer(client: Client, direct: Direct):
    def fail(path: str, reply: Reply) -> Reply:
        if path == wire.CONFIRM:
            raise CannotAsk("The sealed server does not answer.")
        return reply

    direct.change = fail
    with pytest.raises(CannotAsk):
        ask(client, 1, 50)
    direct.change = lambda path, reply: reply
    assert ask(client, 1, 50) == [True, False]


def test_memory_is_of_one_version_bounded_and_unreadable(monkeypatch: pytest.MonkeyPatch):
    memory, other = Remembered(), Remembered()
    assert memory.without([b"a", b"b"], "1") == [b"a", b"b"]
    memory.add([b"a"])
    other.add([b"a"])
    assert memory.without([b"a", b"b"], "1") == [b"b"]
    assert memory._tags.isdisjoint(other._tags)
    assert memory.without([b"a"], "2") == [b"a"]
    monkeypatch.setattr(module, "_MOST_REMEMBERED", 3)
    memory.add([b"c", b"d"])
    memory.add([b"e", b"f"])
    assert memory.without([b"c", b"d", b"e", b"f"], "2") == [b"c", b"d"]
    memory.forget()
    assert memory.without([b"e"], "2") == [b"e"]


def test_closing_forgets(client: Client):
    with client:
        ask(client, 50)
    assert not client._unknown._tags


def test_a_token_that_is_none_is_refused(tmp_path: Path):
    with pytest.raises(UsageError):
        Client("https://sealed.example", "abc")
