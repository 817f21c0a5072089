from __future__ import annotations

import hashlib

import pytest

from tidebreak.errors import CannotAsk
from tidebreak.model import Signal


def test_yes_no_and_how_sure(installation, know, files):
    know("a.bin")
    data = (files / "a.bin").read_bytes()
    sha1, sha256 = (Signal.parse(k, hashlib.new(k, data).hexdigest()) for k in ("sha1", "sha256"))
    other = Signal.parse("sha256", "0" * 64)
    answers = installation.ask([[sha256], [sha1], [other], [other, sha1, sha256], []])
    assert [a.known for a in answers] == [True, True, False, True, False]
    assert [a.certain for a in answers] == [True, False, False, True, False]
    assert len({a.version for a in answers}) == 1


def test_no_list_is_no_answer(installation):
    with pytest.raises(CannotAsk):
        installation.ask([[Signal.parse("sha256", "0" * 64)]])


def test_what_was_asked_is_audited_as_a_number(installation, know):
    know("a.bin")
    other = Signal.parse("sha256", "0" * 64)
    installation.ask([[other]] * 999)
    assert not [event for event in installation.audit.events() if event.action == "ask"]
    installation.ask([[other]])
    installation.ask([[other]])
    installation.answers.flush()
    asked = [dict(e.detail) for e in installation.audit.events() if e.action == "ask"]
    assert asked == [{"items": 1000}, {"items": 1}]


def test_every_change_of_the_lists_counts_at_once_and_has_a_version(installation, know, files):
    know("a.bin")
    signal = Signal.parse("sha256", hashlib.sha256((files / "a.bin").read_bytes()).hexdigest())
    answers = []
    for change in (
        lambda: None,
        lambda: installation.catalogue.dispute("list", "a.bin", "somebody says otherwise"),
        lambda: installation.catalogue.disable("list") or know("b.bin", name="other"),
        lambda: installation.catalogue.enable("list"),
        lambda: installation.catalogue.withdraw("list", "a.bin", "was wrong"),
    ):
        change()
        answers += installation.ask([[signal]])
    assert [a.known for a in answers] == [True, True, False, True, False]
    assert [a.certain for a in answers] == [True, False, False, False, False]
    assert len({a.version for a in answers}) == len(answers)


def test_a_torrent_that_a_gate_saw_is_known_by_its_infohash(installation, know, torrent):
    import libtorrent as lt

    know("b.bin")
    data = torrent("v2")
    infohash = lt.torrent_info(lt.bdecode(data)).info_hashes().v2
    signal = Signal.parse("btmh", str(infohash))
    assert not installation.ask([[signal]])[0].known
    assert [installation.answers.derive(data) for _ in range(2)] == [1, 0]
    assert installation.ask([[signal]])[0].certain
