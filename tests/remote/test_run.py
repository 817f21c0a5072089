from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pytest
from tests.backends import BOTH

from tidebreak.client.errors import CheckKey, ComeBack
from tidebreak.errors import CannotAsk
from tidebreak.model import Examination, Level, Signal, Verdict
from tidebreak.remote import run as module
from tidebreak.remote.judges import Judged
from tidebreak.remote.queue import Queue
from tidebreak.remote.run import RemoteScan, Result
from tidebreak.remote.terms import Terms
from tidebreak.store.stores import Stores
from tidebreak.store.vault import Vault

BACKENDS = BOTH
KNOWN = {3, 7}


def signal(number: int) -> Signal:
    return Signal.parse("sha256", f"{number:064x}")


def files(
    numbers: Sequence[int],
) -> Callable[[Callable[[bytes], bool]], Iterator[tuple[bytes, Examination]]]:
    def hash_all(skip: Callable[[bytes], bool]) -> Iterator[tuple[bytes, Examination]]:
        for number in numbers:
            path = f"/{number:05}".encode()
            if not skip(path):
                yield path, Examination("", 5, "x", (signal(number),))
                if number == 5:
                    yield path, Examination("member", 5, "x", (signal(7),))

    return hash_all


class Elsewhere:
    """Knows `KNOWN`; does in turn what it is told to, and then answers."""

    def __init__(self, *errors: Exception | None) -> None:
        self.errors = list(errors)
        self.asked: list[int] = []

    def judge(self, items: Sequence[Sequence[Signal]]) -> list[Judged]:
        error = self.errors.pop(0) if self.errors else None
        if error:
            raise error
        numbers = [int.from_bytes(item[0].value) for item in items]
        self.asked += numbers
        return [Judged(Verdict(Level.EXACT if n in KNOWN else Level.NONE), "v") for n in numbers]


class Site:
    def __init__(self, stores: Stores) -> None:
        self.sql = stores.open("remote", "tidebreak.remote")
        self.queue = Queue(self.sql, Vault(b"k" * 32))
        self.slept: list[float] = []

    def scan(
        self, judge: Elsewhere, numbers: Sequence[int], *, resume: bool = False, longest: float = 0
    ) -> Result:
        run = self.queue.interrupted() if resume else self.queue.begin(Terms("x"), [])
        job = RemoteScan(run, self.queue, judge, longest, sleep=self.slept.append)
        return job.carry_out(files(numbers))


@pytest.fixture
def site(stores: Stores) -> Iterator[Site]:
    made = Site(stores)
    yield made
    made.sql.close()


def test_everything_is_asked_once_and_counted(site: Site, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "BATCH", 4)
    judge = Elsewhere()
    result = site.scan(judge, range(10))
    assert sorted(judge.asked) == sorted([*range(10), 7])
    assert (result.items, result.found, result.waiting, result.incomplete) == (11, 3, 0, 0)


def test_no_call_asks_for_more_signals_than_a_quota_gives_at_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "SIGNALS", 7)
    sizes: list[int] = []

    class Counting(Elsewhere):
        def judge(self, items: Sequence[Sequence[Signal]]) -> list[Judged]:
            sizes.append(len(items))
            return super().judge(items)

    site.scan(Counting(), range(20))  # three kinds may be asked for of each
    assert set(sizes) == {2, 1}


def test_roots_that_overlap_are_one(site: Site):
    judge = Elsewhere()
    assert site.scan(judge, [1, 2, 1, 3, 3]).items == 3
    assert sorted(judge.asked) == [1, 2, 3]


def test_silence_leaves_all_in_the_queue_and_a_later_run_asks_without_reading_again(site: Site):
    result = site.scan(Elsewhere(CannotAsk("down"), CannotAsk("down")), range(10))
    assert (result.waiting, result.found, result.why) == (11, 0, "down")
    judge = Elsewhere()
    read: list[int] = []

    class Noting(list[int]):
        def __iter__(self) -> Iterator[int]:
            for number in super().__iter__():
                read.append(number)
                yield number

    result = site.scan(judge, Noting(range(12)), resume=True)
    assert (result.items, result.found, result.waiting) == (13, 3, 0)
    assert sorted(judge.asked) == sorted([*range(12), 7])


def test_a_crash_at_any_point_loses_nothing(site: Site, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "_FILES", 3)
    monkeypatch.setattr(module, "BATCH", 2)
    for at in range(1, 8):
        judge, again = Elsewhere(*[None] * at, KeyboardInterrupt()), Elsewhere()  # type: ignore[arg-type]
        with pytest.raises(KeyboardInterrupt):
            site.scan(judge, range(20))
        result = site.scan(again, range(20), resume=True)
        assert (result.items, result.found, result.waiting) == (21, 3, 0)
        assert sorted(judge.asked + again.asked) == sorted([*range(20), 7])


def test_a_quota_is_waited_for_as_long_as_was_said(site: Site):
    result = site.scan(Elsewhere(ComeBack("quota", 30)), range(3), longest=60)
    assert (result.waiting, site.slept) == (0, [30])
    result = site.scan(
        Elsewhere(ComeBack("quota", 90), ComeBack("quota", 90)), range(3), longest=60
    )
    assert (result.waiting, result.why) == (3, "quota")
    assert site.slept == [30]


def test_a_refusal_ends_the_run_and_loses_nothing(site: Site):
    with pytest.raises(CheckKey):
        site.scan(Elsewhere(CheckKey("expired", 401)), range(3))
    assert site.scan(Elsewhere(), range(3), resume=True).items == 3


def test_a_server_that_is_back_is_asked_again_meanwhile(
    site: Site, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "_FILES", 1)
    monkeypatch.setattr(module, "BATCH", 1)
    monkeypatch.setattr(module, "_SILENCE", 0.0)
    judge = Elsewhere(CannotAsk("down"))
    result = site.scan(judge, range(5))
    assert (result.waiting, result.why) == (0, "")
