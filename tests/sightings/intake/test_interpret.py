from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address
from zoneinfo import ZoneInfo

import numpy as np

from tidebreak.sightings.formats import Table
from tidebreak.sightings.intake import interpret
from tidebreak.sightings.intake.interpret import Interpreter, Terms, Understood
from tidebreak.sightings.intake.mapping import ClientForm, ContentColumn, Mapping
from tidebreak.sightings.records import Event, Grade, Network
from tidebreak.sightings.texts import Texts

MAPPING = Mapping(
    time="t", contents=(ContentColumn("id", "md5"), ContentColumn("other", "sha1")), size="size",
    address="ip", port="port", client="who", client_form=ClientForm.HEX, event="does",
    network="net", grade="grade",
)  # fmt: skip
TERMS = Terms(ZoneInfo("Europe/Berlin"), 0, Grade.B, Grade.B, Network.WEB)
GOOD = {
    "t": "2026-01-01T01:00:00", "id": "ab" * 16, "other": "", "size": "5", "ip": "192.0.2.1",
    "port": "80", "who": "00ff", "does": "offered", "net": "gnutella", "grade": "b",
}  # fmt: skip


def read(*changes: dict[str, str], terms: Terms = TERMS, mapping: Mapping = MAPPING) -> Understood:
    rows = [GOOD | change for change in changes]
    columns = {name: Texts.of([row[name].encode() for row in rows]) for name in GOOD}
    return Interpreter(mapping, terms).read(Table(columns, len(rows)))


def test_a_good_row_is_understood_in_every_column():
    found = read({})
    assert found.kept.all()
    assert found.times.tolist() == [1767225600]
    assert (found.networks[0], found.events[0]) == (Network.GNUTELLA, Event.OFFERED)
    assert (found.sizes[0], found.ports[0], found.grades[0]) == (5, 80, Grade.B)
    assert found.clients.to_list() == [b"\x00\xff"]
    assert found.addresses[0].tobytes()[10:] == b"\xff\xff\xc0\x00\x02\x01"
    assert not found.rejects
    assert not found.noted


def test_every_row_that_is_no_sighting_is_refused_for_one_reason():
    wrong = {
        "no time": {"t": ""},
        "a time that is not understood": {"t": "yesterday", "ip": "?"},
        "a local time that the clocks of this zone skipped": {"t": "2026-03-29T02:30:00"},
        "a time before 1990": {"t": "1989-12-31T00:00:00Z"},
        "a time that is yet to come": {"t": "2105-01-01T00:00:00Z"},
        "no content": {"id": ""},
        "an identifier that is not understood": {"id": "abc"},
        "an address that is none": {"ip": "example.org"},
        "a port that is none": {"port": "65536"},
        "a size that is none": {"size": "-1"},
        "a client id that is not hexadecimal": {"who": "xyz"},
        "a client id that is too long": {"who": "00" * 1025},
    }
    found = read(*wrong.values(), {})
    assert found.rejects == dict.fromkeys(wrong, 1)
    assert np.flatnonzero(found.kept).tolist() == [len(wrong)]
    assert [group.rows.tolist() for group in found.contents if len(group.rows)] == [[len(wrong)]]


def test_what_was_not_given_is_no_reason_to_refuse():
    found = read(dict.fromkeys(("size", "ip", "port", "who", "does", "net", "grade"), ""))
    assert found.kept.all()
    assert found.sizes.tolist() == [-1]
    assert not found.addresses.any()
    assert (found.networks[0], found.events[0], found.grades[0]) == (Network.WEB, Event.OTHER, 2)


def test_unknown_words_are_kept_as_the_least_that_they_may_mean_and_counted():
    found = read({"does": "juggled", "net": "telepathy", "grade": "Z"}, {})
    assert (found.networks[0], found.events[0]) == (Network.OTHER, Event.OTHER)
    assert found.grades.tolist() == [Grade.C, Grade.B]
    assert found.noted == {
        "a network that the mapping does not know": 1,
        "an event that the mapping does not know": 1,
        "a grade that the mapping does not know: taken for C": 1,
    }


def test_no_row_is_better_than_the_log_can_prove():
    given = [{"grade": "a"}, {"grade": "b"}, {"grade": "c"}, {"grade": ""}]
    assert read(*given).grades.tolist() == [2, 2, 3, 2]
    assert read(*given, terms=replace(TERMS, grade=Grade.C)).grades.tolist() == [2, 2, 3, 3]
    constant = replace(MAPPING, constant_grade=Grade.A, grade="")
    assert read(*given, mapping=constant).grades.tolist() == [2, 2, 2, 2]


def test_a_row_may_name_a_content_twice_and_one_of_them_wrongly():
    found = read({"other": "cd" * 20}, {"other": "?"}, {"id": "", "other": "cd" * 20})
    assert found.kept.all()
    assert {group.type.name: group.rows.tolist() for group in found.contents} == {
        "md5": [0, 1], "sha1": [0, 2],
    }  # fmt: skip
    assert found.noted == {"one of several identifiers that is not understood": 1}


def test_the_clock_offset_is_added_to_every_time():
    found = read({}, {"t": "2026-01-01T00:00:00Z"}, terms=replace(TERMS, offset=-90))
    assert found.times.tolist() == [1767225510, 1767225510]


def test_an_hour_that_came_twice_is_noted():
    assert read({"t": "2025-10-26T02:30:00"}).noted == {
        "a local time that came twice: the first was taken": 1
    }


def test_further_sightings_of_a_row_are_noted_and_never_counted_as_rows():
    rows = [GOOD, GOOD | {"ip": "198.51.100.1"}, GOOD | {"ip": "example.org"}]
    columns = {name: Texts.of([row[name].encode() for row in rows]) for name in GOOD}
    table = Table(columns, 1, {}, np.array([False, True, True]))
    found = Interpreter(MAPPING, TERMS).read(table)
    assert found.kept.tolist() == [True, True, False]
    assert not found.rejects
    assert found.noted == {
        "a second sighting by the same row": 1,
        "a second sighting by the same row, refused: an address that is none": 1,
    }


def test_addresses_of_version_6_are_read_whether_remembered_or_not(monkeypatch):
    monkeypatch.setattr(interpret, "_REMEMBERED", 2)
    texts = [f"2001:db8::{n % 3:x}1" for n in range(9)]
    found = read(*({"ip": text} for text in texts))
    assert [row.tobytes() for row in found.addresses] == [ip_address(t).packed for t in texts]
