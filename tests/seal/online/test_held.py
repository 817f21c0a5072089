from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.seal.sealed_helper import MASTER

from tidebreak.errors import CannotAsk, UsageError
from tidebreak.seal.online.connection import Reply
from tidebreak.seal.online.held import HeldSet
from tidebreak.seal.online.issued import issue
from tidebreak.seal.online.keys import SealKeys
from tidebreak.seal.online.known import Known

KEYS = SealKeys.derive(MASTER)


class Server:
    """Says what set is the newest."""

    def __init__(self, count: int) -> None:
        self.asked = 0
        self.serve(count)

    def serve(self, count: int) -> None:
        values = np.random.default_rng(count).integers(0, 256, (count, 16), np.uint8)
        self.known = Known.of(values, np.ones(count, np.bool_), KEYS.public)
        self.body = issue(self.known, KEYS, "abcd2345")

    def send(self, method: str, path: str, body: bytes = b"", version: str = "") -> Reply:
        self.asked += 1
        if version == self.known.version:
            return Reply(304, b"", version)
        return Reply(200, self.body, self.known.version)


def held(server: Server, cache: Path | None = None, fresh: float = 60.0) -> HeldSet:
    return HeldSet(server, cache, fresh)  # type: ignore[arg-type]


def test_a_fresh_set_is_not_asked_for_again():
    server = Server(10)
    one = held(server)
    for _ in range(3):
        one.refresh()
    assert server.asked == 1
    assert one.version == server.known.version
    assert one.may_have(server.known.values).all()


def test_an_older_one_is_and_an_outdated_one():
    server = Server(10)
    one = held(server, fresh=0.0)
    one.refresh()
    server.serve(11)
    one.refresh()
    assert one.may_have(server.known.values).all()
    other = held(server)
    other.refresh()
    server.serve(12)
    other.refresh()
    assert other.version != server.known.version
    other.outdated()
    other.refresh()
    assert other.version == server.known.version


def test_a_kept_set_is_only_asked_about(tmp_path: Path):
    server = Server(10)
    held(server, tmp_path / "set").refresh()
    again = held(server, tmp_path / "set")
    server.body = b"not sent"
    again.refresh()
    assert again.may_have(server.known.values).all()
    assert [path.name for path in tmp_path.iterdir()] == ["set"]
    assert (tmp_path / "set").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damage", [b"", b"nothing", 0, 16, 17, 48, 49, 0.5, -1])
def test_a_damaged_cache_is_got_anew(tmp_path: Path, damage: bytes | float):
    # 17 to 48 are the operator's key: with another one nothing would be inside.
    server, cache = Server(10), tmp_path / "set"
    held(server, cache).refresh()
    content = bytearray(cache.read_bytes())
    if isinstance(damage, bytes):
        content[:] = damage
    else:
        content[int(damage * len(content)) if damage == 0.5 else int(damage)] ^= 1
    cache.write_bytes(content)
    one = held(server, cache)
    one.refresh()
    assert one.may_have(server.known.values).all()
    assert server.asked == 2


def test_a_cache_that_cannot_be_written_is_told(tmp_path: Path):
    with pytest.raises(UsageError, match="name another"):
        held(Server(3), tmp_path / "none" / "set").refresh()


def test_what_is_no_set_is_refused():
    server = Server(3)
    server.body = bytes(100)
    with pytest.raises(CannotAsk):
        held(server).refresh()


def test_a_server_that_contradicts_itself_is_refused(monkeypatch: pytest.MonkeyPatch):
    server = Server(3)
    monkeypatch.setattr(server, "send", lambda *_, **__: Reply(304, b"", "other"))
    with pytest.raises(CannotAsk, match="contradicts"):
        held(server).refresh()
