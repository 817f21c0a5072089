from __future__ import annotations

import pytest

from tidebreak.matching.states import state_of, why_incomparable, why_untold
from tidebreak.media.signatures import REFERENCE
from tidebreak.model import Level, Observation, Signal, State, Verdict


@pytest.mark.parametrize("level", list(Level))
def test_what_was_found_is_matched_and_what_was_not_needs_to_have_been_examined(level: Level):
    verdict = Verdict(level)
    found = level.rank <= Level.LEAD.rank
    assert state_of("", verdict) is (State.MATCHED if found else State.CLEAR)
    assert state_of("cut off", verdict) is (State.MATCHED if found else State.NOT_FULLY_EXAMINED)


def test_a_name_that_no_list_could_know_is_said_to_be_one():
    name = Observation("", -1, f"text/uri{REFERENCE}", ("ed2k-blue",), bytes(16))
    assert "ed2k-blue" in why_untold(name, frozenset({"sha256"}))
    assert why_untold(name, frozenset({"ed2k"})) == ""
    assert why_untold(Observation("", 3, "image/png", ("md5",), bytes(16)), frozenset()) == ""


def test_signals_that_no_list_could_know_are_said_to_be_such():
    sha1, md5 = Signal.parse("sha1", "ab" * 20), Signal.parse("md5", "ab" * 16)
    poor, good, bare = (Signal.parse("pdq", "ab" * 32, quality) for quality in (10, 50, None))
    held = frozenset({"md5"})
    assert "(sha1)" in why_incomparable([sha1], held, 50)
    assert why_incomparable([sha1, md5], held, None) == ""
    assert "quality 10, and lists here compare from 50" in why_incomparable([sha1, poor], held, 50)
    assert "(pdq)" in why_incomparable([good], held, None)
    assert why_incomparable([poor, good], held, 50) == ""
    assert why_incomparable([bare], held, 50) == ""
    assert why_incomparable([], held, 50) != ""
