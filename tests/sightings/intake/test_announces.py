from __future__ import annotations

import pytest

from tidebreak.sightings.intake.announces import COLUMNS, MAPPING, Announces, table
from tidebreak.sightings.texts import Texts


def announce(event: bytes = b"", left: bytes = b"1", stated: bytes = b"") -> dict[str, list[bytes]]:
    texts = (b"t", b"aa", b"bb", b"192.0.2.1", stated, b"1", event, left)
    made = table(Announces(*(Texts.of([text]) for text in texts)), b"B", {"lost": 2})
    assert made.rows == 3
    assert (made.further is None) == (len(made.columns["time"]) == 1)
    return {name: column.to_list() for name, column in made.columns.items()}


@pytest.mark.parametrize(("event", "left", "means"), [
    (b"started", b"5", b"announced"), (b"", b"", b"announced"), (b"paused", b"7", b"announced"),
    (b"started", b"0", b"offered"), (b"", b"0", b"offered"), (b"completed", b"", b"offered"),
    (b"stopped", b"0", b"stopped"), (b"stopped", b"9", b"stopped"),
])  # fmt: skip
def test_what_an_announce_means_is_in_its_event_and_what_is_left(event, left, means):
    assert announce(event, left)["event"] == [means]


def test_an_address_that_is_only_stated_is_the_word_of_a_third_party():
    found = announce(stated=b"198.51.100.7")
    assert found["address"] == [b"192.0.2.1", b"198.51.100.7"]
    assert found["grade"] == [b"B", b"C"]
    assert found["content"] == [b"aa"] * 2
    assert len(announce(stated=b"192.0.2.1")["time"]) == 1


def test_the_columns_are_those_of_the_mapping():
    assert set(MAPPING.used) == set(COLUMNS) == set(announce())
