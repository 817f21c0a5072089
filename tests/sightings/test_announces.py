from __future__ import annotations

import pytest

from tidebreak.sightings.announces import COLUMNS, MAPPING, records


def announce(event: bytes = b"", left: bytes = b"1", stated: bytes = b"") -> list:
    return list(records(b"t", b"aa", b"bb", b"192.0.2.1", b"1", event, left, stated, b"B"))


@pytest.mark.parametrize(("event", "left", "means"), [
    (b"started", b"5", b"announced"), (b"", b"", b"announced"), (b"paused", b"7", b"announced"),
    (b"started", b"0", b"offered"), (b"", b"0", b"offered"), (b"completed", b"", b"offered"),
    (b"stopped", b"0", b"stopped"), (b"stopped", b"9", b"stopped"),
])  # fmt: skip
def test_what_an_announce_means_is_in_its_event_and_what_is_left(event, left, means):
    (found,) = announce(event, left)
    assert found.values["event"] == means


def test_an_address_that_is_only_stated_is_the_word_of_a_third_party():
    sender, stated = announce(stated=b"198.51.100.7")
    assert (sender.values["address"], sender.values["grade"]) == (b"192.0.2.1", b"B")
    assert (stated.values["address"], stated.values["grade"]) == (b"198.51.100.7", b"C")
    assert (sender.further, stated.further) == (False, True)
    assert len(announce(stated=b"192.0.2.1")) == 1


def test_the_columns_are_those_of_the_mapping():
    assert set(MAPPING.used) == set(COLUMNS) == set(announce()[0].values)
