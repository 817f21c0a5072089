from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.errors import UsageError
from tidebreak.sightings.intake.instants import read_instants, zone_of
from tidebreak.sightings.texts import Texts

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from(
    ["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"]
)


SPAN = (datetime(1991, 1, 1), datetime(2036, 1, 1))  # noqa: DTZ001 - what a clock shows


@settings(deadline=None)
@given(
    st.lists(st.datetimes(*SPAN), min_size=1),
    ZONES,
    st.sampled_from(["iso", "%d/%m/%y %H:%M:%S"]),
)
def test_local_times_are_what_the_standard_library_makes_of_them(moments, name, form):
    zone = ZoneInfo(name)
    moments = [moment.replace(microsecond=0) for moment in moments]
    items = [m.isoformat() if form == "iso" else m.strftime(form) for m in moments]
    found = read_instants(Texts.of([item.encode() for item in items]), form, zone)
    assert not found.unread.any()
    for row, moment in enumerate(moments):
        first, second = moment.replace(tzinfo=zone), moment.replace(tzinfo=zone, fold=1)
        assert found.seconds[row] == int(first.timestamp())
        differs = first.utcoffset() != second.utcoffset()
        back = datetime.fromtimestamp(first.timestamp(), zone).replace(tzinfo=None)
        assert found.skipped[row] == (differs and back != moment)
        assert found.twice[row] == (differs and back == moment)


def test_the_hour_that_comes_twice_and_the_one_that_is_skipped_are_told():
    items = [b"2026-10-25T02:30:00", b"2026-03-29T02:30:00", b"2026-10-25T02:30:00+01:00"]
    found = read_instants(Texts.of(items), "iso", BERLIN)
    assert found.twice.tolist() == [True, False, False]
    assert found.skipped.tolist() == [False, True, False]
    assert found.seconds[2] - found.seconds[0] == 3600


def test_times_without_a_zone_are_refused_unless_one_is_given():
    items = Texts.of([b"2026-01-01T00:00:00Z", b"2026-01-01T00:00:00"])
    with pytest.raises(UsageError, match="--timezone"):
        read_instants(items, "iso", None)
    assert read_instants(items, "iso", BERLIN).seconds.tolist() == [1767225600, 1767222000]


def test_epochs_need_no_zone():
    seconds = read_instants(Texts.of([b"1767225600.9", b"x", b""]), "epoch", None)
    assert seconds.seconds[0] == datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    assert seconds.unread.tolist() == [False, True, True]
    assert read_instants(Texts.of([b"1767225600999"]), "epoch-ms", None).seconds[0] == 1767225600


def test_a_form_may_name_the_zone():
    found = read_instants(Texts.of([b"01.01.2026 01:00 +0100", b"?"]), "%d.%m.%Y %H:%M %z", None)
    assert found.seconds[0] == 1767225600
    assert found.unread.tolist() == [False, True]


@pytest.mark.parametrize("name", ["Atlantis/Capital", "../etc/passwd", "/etc/passwd"])
def test_a_zone_that_there_is_not_is_refused(name):
    with pytest.raises(UsageError, match=re.escape(f"no time zone '{name}'")):
        zone_of(name)
    assert zone_of("") is None
