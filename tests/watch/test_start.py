from __future__ import annotations

import pytest

from tidebreak.errors import UsageError
from tidebreak.watch import start
from tidebreak.watch.sources import sources_of


def test_without_a_list_nothing_could_be_recognised(installation):
    with pytest.raises(UsageError, match="No hash list is enabled"):
        installation.watch(["-"])


def test_without_its_extra_it_says_which(installation, monkeypatch):
    monkeypatch.setattr(start.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match=r"extra \[video\]"):
        installation.watch(["-"])


def test_the_program_is_asked_for_where_it_is_needed(monkeypatch):
    assert start.needed_program(sources_of(["udp://h:1"])) == ""
    monkeypatch.setattr(start.shutil, "which", lambda _: None)
    with pytest.raises(UsageError, match="SRT is received by the program ffmpeg"):
        start.needed_program(sources_of(["srt://h:1"]))
    monkeypatch.setattr(start.shutil, "which", lambda _: "/bin/ffmpeg")
    assert start.needed_program(sources_of(["srt://h:1"])) == "/bin/ffmpeg"


def test_a_watch_is_noted_without_what_is_secret(knowing):
    watch = knowing.watch(["rtsp://user:secret@127.0.0.1:9/a?token=hidden"])
    assert watch.names == ["rtsp://127.0.0.1:9/a"]
    (entry,) = [one for one in knowing.audit.events() if one.action == "watch"]
    assert "secret" not in str(entry)
    assert "hidden" not in str(entry)
    watch.stop()
    assert [event.kind.value for event in watch] == ["start", "stop"]
