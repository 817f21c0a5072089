from __future__ import annotations

from pathlib import Path

import pytest

from tidebreak.audit import heads
from tidebreak.audit.authority import Authority
from tidebreak.audit.keeper import HeadKeeper, Plan
from tidebreak.audit.log import AuditLog
from tidebreak.audit.signing import Checker, Signer
from tidebreak.errors import CannotAsk


class Ticks:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "heads"


def signed(folder: Path) -> list[int]:
    return [heads.load(path).head.number for path in heads.in_folder(folder)]


def more(log: AuditLog, count: int) -> None:
    for _ in range(count):
        log.append("look", "ann", "thing")


def test_heads_are_signed_as_the_log_grows_or_time_goes_by(filled, signer, folder, ticks):
    keeper = HeadKeeper(filled, signer, Plan(folder, every_events=10, every_seconds=60), ticks)
    keeper.tick()
    assert signed(folder) == [5]
    more(filled, 9)
    keeper.tick()
    assert signed(folder) == [5]
    more(filled, 1)
    keeper.tick()
    assert signed(folder) == [5, 15]
    more(filled, 1)
    ticks.now += 59
    keeper.tick()
    ticks.now += 1
    keeper.tick()
    assert signed(folder) == [5, 15, 16]
    ticks.now += 600
    keeper.tick()
    assert signed(folder) == [5, 15, 16], "nothing happened, nothing is signed"
    assert heads.verify(filled, folder, Checker.of(signer.public)).intact


def test_an_empty_log_has_nothing_to_sign(log: AuditLog, signer: Signer, folder: Path, ticks):
    keeper = HeadKeeper(log, signer, Plan(folder), ticks)
    keeper.tick()
    assert not folder.exists()
    assert keeper.trouble == ""


def test_two_replicas_may_sign_into_one_folder(filled, signer, folder, ticks):
    for _ in range(2):
        keeper = HeadKeeper(filled, signer, Plan(folder), ticks)
        keeper.tick()
        assert keeper.trouble == ""
    assert signed(folder) == [5]


def test_an_authority_that_is_down_is_told_and_asked_again(
    filled, signer, folder, ticks, monkeypatch
):
    asked: list[Path] = []

    def stamp(self: Authority, path: Path) -> None:
        asked.append(path)
        if len(asked) < 3:
            raise CannotAsk("it is down")

    monkeypatch.setattr(Authority, "stamp", stamp)
    keeper = HeadKeeper(filled, signer, Plan(folder, authority=Authority("", [])), ticks)
    keeper.tick()
    assert (keeper.trouble, signed(folder)) == ("it is down", [5])
    keeper.tick()
    assert len(asked) == 1, "not at once"
    for _ in range(4):
        ticks.now += 60
        keeper.tick()
    assert len(asked) == 3, "once it has one, no more"
    assert keeper.trouble == ""


def test_a_folder_that_is_gone_is_told_and_stops_nothing(filled, signer, folder, ticks):
    folder.touch()
    keeper = HeadKeeper(filled, signer, Plan(folder), ticks)
    keeper.tick()
    assert "cannot be written" in keeper.trouble
    folder.unlink()
    keeper.tick()
    assert (keeper.trouble, signed(folder)) == ("", [5])


def test_another_goes_on_where_the_last_one_ended(filled, signer, folder, ticks, monkeypatch):
    asked: list[Path] = []
    monkeypatch.setattr(Authority, "stamp", lambda self, path: asked.append(path))
    HeadKeeper(filled, signer, Plan(folder), ticks).tick()
    again = HeadKeeper(filled, signer, Plan(folder, authority=Authority("", [])), ticks)
    again.tick()
    assert signed(folder) == [5]
    assert asked == [folder / "000000000005.head"], "one that has no stamp yet gets it"


def test_a_log_that_is_shorter_than_its_heads_is_told(filled, signer, folder, ticks, tmp_path):
    HeadKeeper(filled, signer, Plan(folder), ticks).tick()
    shorter = AuditLog(tmp_path / "shorter.db")
    more(shorter, 3)
    keeper = HeadKeeper(shorter, signer, Plan(folder), ticks)
    for _ in range(2):
        keeper.tick()
        assert "a head of record 5" in keeper.trouble
    assert signed(folder) == [5]
    shorter.close()


def test_the_end_is_signed_when_it_is_left(filled: AuditLog, signer: Signer, folder: Path):
    with HeadKeeper(filled, signer, Plan(folder)):
        more(filled, 3)
    assert signed(folder)[-1] == 8
