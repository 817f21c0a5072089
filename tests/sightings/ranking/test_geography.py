from __future__ import annotations

import maxminddb
import numpy as np
import pytest
from tests.sightings import mmdb
from tests.sightings.made import actor
from tests.sightings.worlds import DAY, START, Crowd, add_source, seen

from tidebreak.errors import CannotRead
from tidebreak.sightings.ranking.details import Facts
from tidebreak.sightings.ranking.gather import Held
from tidebreak.sightings.ranking.geography import by_place, names_of, with_hosting
from tidebreak.sightings.ranking.pairs import Evidence, Holdings, pack
from tidebreak.sightings.records import Hypothesis, Range

CROWD = Crowd(rows=1, addresses=6)
"""Addresses 240.0.0.1 to 240.0.0.6."""


@pytest.fixture
def store(opened):
    row = {name: np.ones(1, np.uint32) for name in ("content", "client", "address")}
    row |= {name: np.ones(1, np.uint8) for name in ("network", "grade", "event")}
    add_source(opened(), row | {"time": np.array([START + DAY], np.uint32),
                                "port": np.ones(1, np.uint16)}, CROWD)  # fmt: skip
    return opened()


@pytest.fixture
def addresses():
    """All six hold something, the odd ones surely."""
    codes = np.arange(1, 7)
    bits = np.where(codes % 2, int(Evidence.LOW | Evidence.ENTERS), int(Evidence.ENTERS))
    words = pack(codes - 1, np.ones(6, int), bits)
    holdings = Holdings.of(codes.astype(np.uint64), words)
    return Held(holdings, np.zeros(2), np.zeros(2), np.empty(0, np.int64))


@pytest.mark.parametrize("version", [4, 6])
def test_addresses_are_counted_by_country_as_the_reader_finds_each(
    store, addresses, tmp_path, version
):
    nets = {"240.0.0.1/32": "AA", "240.0.0.2/31": "BB", "240.0.0.5/32": "AA"}
    records = {net: {"country": {"iso_code": code}} for net, code in nets.items()}
    path = mmdb.write(tmp_path / "c.mmdb", records, version)
    with maxminddb.open_database(str(path)) as reader:
        told = [reader.get(f"240.0.0.{n}") for n in range(1, 7)]
    codes = [found["country"]["iso_code"] if found else "unknown" for found in told]
    assert codes == ["AA", "BB", "BB", "unknown", "AA", "unknown"]
    found = by_place(store, addresses, [path])
    assert found == {
        f"addresses in {code}": Range(
            sum(c == code and n % 2 == 0 for n, c in enumerate(codes)), codes.count(code)
        )
        for code in set(codes)
    }


def test_without_a_database_nothing_is_said(store, addresses):
    assert by_place(store, addresses, []) == {}


def test_what_is_no_database_is_refused_in_a_sentence(store, addresses, tmp_path):
    (tmp_path / "x.mmdb").write_bytes(b"no database")
    for name in ("x.mmdb", "missing.mmdb"):
        with pytest.raises(CannotRead, match="cannot be read as an MMDB file"):
            by_place(store, addresses, [tmp_path / name])


@pytest.mark.parametrize(
    ("record", "names"),
    [
        ({"country": {"iso_code": "AA"}}, ("addresses in AA",)),
        ({"registered_country": {"iso_code": "BB"}}, ("addresses in BB",)),
        ({"country_code": "CC", "is_anonymous_vpn": True},
         ("addresses in CC", "addresses marked is_anonymous_vpn")),
        ({"autonomous_system_number": 64500, "autonomous_system_organization": "Example"},
         ("addresses of AS64500 Example",)),
        ({"autonomous_system_number": 64501}, ("addresses of AS64501",)),
        (None, ("addresses in unknown",)),
        ({"country": "?"}, ("addresses in unknown",)),
    ],
)  # fmt: skip
def test_a_record_counts_under_what_it_says(record, names):
    assert names_of(record) == names


def test_addresses_that_a_database_marks_are_flagged(store, tmp_path):
    marks = {"240.0.0.2/32": {"is_hosting_provider": True}, "240.0.0.3/32": {"country_code": "AA"},
             "240.0.0.4/32": {"is_anonymous_vpn": True}}  # fmt: skip
    path = mmdb.write(tmp_path / "h.mmdb", marks)
    nobody = np.empty((0, 2), np.uint64)
    rows = seen(address=[2, 2, 4, 3, 1, 0], file=[1] * 6)
    facts = Facts(np.array([0, 0, 0, 1, 1, 1]), rows, nobody, nobody)
    actors = tuple(actor(Hypothesis.CLIENT, place) for place in (2, 4))
    found = with_hosting(actors, facts, store, [path])
    assert [flag[:20] for flag in found[0].flags] == ["2 of its addresses a"]
    assert found[1] == actors[1]
    assert with_hosting(actors, facts, store, []) == actors
