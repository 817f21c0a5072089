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


def test_what_was_asked_is_not_audited(installation, know):
    know("a.bin")
    installation.ask([[Signal.parse("sha256", "0" * 64)]])
    *_, last = installation.audit.events()
    assert (last.action, dict(last.detail)) == ("ask", {"items": 1})
