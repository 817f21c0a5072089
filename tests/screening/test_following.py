from __future__ import annotations

import threading
import time

import pytest
from tests.screening.rig import Rig, pdq, run, sha256

from tidebreak.errors import Busy, CannotAsk
from tidebreak.installation import Tidebreak
from tidebreak.lists.catalogue import Catalogue
from tidebreak.model import Depth, ListKind, Thresholds
from tidebreak.screening import following
from tidebreak.screening.following import Following, Known


def version(rig: Rig) -> str:
    return rig.following.current.version


def test_without_an_enabled_list_nothing_can_be_told(rig: Rig):
    with pytest.raises(CannotAsk, match="No hash list is enabled"):
        _ = rig.following.current
    rig.know("ours", "sha256", sha256(1).text)
    assert version(rig) == rig.opened.catalogue.label
    rig.opened.catalogue.disable("ours")
    rig.follow()
    with pytest.raises(CannotAsk, match="No hash list is enabled"):
        _ = rig.following.current


def test_every_change_is_followed_within_two_seconds(rig: Rig):
    rig.know("ours", "sha256", sha256(1).text)
    seen: list[str] = []
    rig.following.on_change = lambda known: seen.append(known.version)
    begun = time.monotonic()
    with Tidebreak.open(rig.opened.home) as other:  # as another process would
        (entry,) = other.catalogue.editor.add("ours", [_entry(2)])
        rig.follow()
        assert _level(rig, 2) == "exact"
        other.catalogue.editor.withdraw("ours", [entry], "test")
        assert _level(rig, 2) == "none"  # at once, before it is followed
    rig.follow()
    assert time.monotonic() - begun < 2
    assert seen[-1] == rig.opened.catalogue.label


def test_what_workers_must_do_is_told_with_the_lists(rig: Rig):
    rig.know("ours", "pdq", pdq(1).text)
    assert rig.following.current.settings.depth is Depth.STANDARD
    rig.opened.catalogue.set_thresholds("ours", Thresholds(depth=Depth.DEEP))
    rig.follow()
    assert rig.following.current.settings.depth is Depth.DEEP
    assert rig.following.current.lists == 1
    assert rig.following.current.entries == 1


def test_lists_out_of_sight_for_too_long_are_no_answer(rig: Rig, monkeypatch: pytest.MonkeyPatch):
    rig.know("ours", "sha256", sha256(1).text)
    again, aside = Tidebreak.open(rig.opened.home), Tidebreak.open(rig.opened.home)
    following = Following(again, aside, leads=True, poll_seconds=0.01, stale_seconds=60)
    following.start()
    try:
        assert following.current.lists == 1

        def lost(self: Catalogue) -> str:
            raise Busy("The database is away.")

        monkeypatch.setattr(Catalogue, "label", property(lost))
        deadline = time.monotonic() + 30
        while not following.failure and time.monotonic() < deadline:
            time.sleep(0.01)
        assert following.failure
        assert following.current.lists == 1  # a moment is borne
        monkeypatch.setattr(Following, "age", property(lambda self: 61.0))
        with pytest.raises(CannotAsk, match="The database is away"):
            _ = following.current
        monkeypatch.undo()
        deadline = time.monotonic() + 30
        while following.failure and time.monotonic() < deadline:
            time.sleep(0.01)
        assert following.current.lists == 1
    finally:
        following.stop()
        again.close()
        aside.close()


def test_answers_go_on_while_the_next_version_is_built(rig: Rig, monkeypatch: pytest.MonkeyPatch):
    rig.know("ours", "sha256", sha256(1).text)
    go_on, begun = threading.Event(), threading.Event()
    made = Following._made

    def slow(self: Following, version: str) -> Known:
        begun.set()
        go_on.wait(10)
        return made(self, version)

    monkeypatch.setattr(Following, "_made", slow)
    monkeypatch.setattr(rig.following, "_stale_seconds", 0.05)
    before = version(rig)
    rig.opened.catalogue.editor.add("ours", [_entry(2)])
    begun.wait(10)
    time.sleep(0.2)
    assert version(rig) == before
    assert (_level(rig, 1), _level(rig, 2)) == ("exact", "none")
    with monkeypatch.context() as hanging:  # but not for ever
        hanging.setattr(following, "BUILD_SECONDS", 0.1)
        with pytest.raises(CannotAsk, match="not been looked at"):
            _ = rig.following.current
    go_on.set()
    rig.follow()
    assert _level(rig, 2) == "exact"


def _entry(number: int):
    from tidebreak.model import Entry

    return Entry(1, (sha256(number),))


def _level(rig: Rig, number: int) -> str:
    verdicts, _ = run(rig.screener.match([[sha256(number)]]))
    return verdicts[0].level.value


def test_an_allow_list_alone_is_a_list(rig: Rig):
    rig.know("good", "sha256", sha256(1).text, of=ListKind.ALLOW)
    assert rig.following.current.lists == 1
