from __future__ import annotations

import numpy as np
from tests.sightings.worlds import DAY, START, seen

from tidebreak.sightings.ranking.days import Doubts, by_day, days, examine
from tidebreak.sightings.ranking.pairs import (
    WIDTH,
    Evidence,
    actors_of,
    addresses_of,
    at_rest,
    files_of,
)
from tidebreak.sightings.ranking.reading import Seen

SURE = int(Evidence.LOW | Evidence.OWN | Evidence.ENTERS)
HEARSAY = int(Evidence.OWN)
NOTHING = 0


def of_clients(day):
    pairs = at_rest(day.clients)
    bits = (pairs & np.uint32((1 << WIDTH) - 1)).tolist()
    who = zip(actors_of(day.clients).tolist(), files_of(pairs).tolist(), strict=True)
    return dict(zip(who, bits, strict=True))


def of_endpoints(day):
    found = {}
    for row, address in enumerate(addresses_of(day.endpoints.keys).tolist()):
        pairs = day.endpoints.of_actor(row)
        for pair in pairs.tolist():
            found[address, pair >> WIDTH] = pair & ((1 << WIDTH) - 1)
    return found


def of(client, address, file, evidence=None, doubts=None):
    rows = seen(client=client, address=address, file=file, evidence=evidence or [SURE] * len(file))
    return examine(rows, 20_500, doubts or Doubts())


def test_what_is_said_all_day_is_one_pair():
    day = of([1, 1, 1], [5, 5, 5], [3, 3, 3], [HEARSAY, SURE, HEARSAY])
    assert of_clients(day) == {(1, 3): SURE}
    assert of_endpoints(day) == {(5, 3): SURE}


def test_what_others_gave_away_at_the_same_endpoint_is_merged_without_evidence():
    day = of([1, 2, 3], [5, 5, 6], [3, 4, 9])
    assert of_clients(day) == {
        (1, 3): SURE, (2, 4): SURE, (3, 9): SURE, (1, 4): NOTHING, (2, 3): NOTHING,
    }  # fmt: skip


def test_what_a_client_id_gave_away_elsewhere_that_day_is_merged_into_the_endpoint():
    day = of([1, 1, 2], [5, 6, 7], [3, 4, 9])
    assert of_endpoints(day) == {
        (5, 3): SURE, (6, 4): SURE, (5, 4): NOTHING, (6, 3): NOTHING, (7, 9): SURE,
    }  # fmt: skip


def test_sightings_without_a_client_id_or_an_address_belong_to_whom_they_met():
    assert of_clients(of([1, 0], [5, 5], [3, 4])) == {(1, 3): SURE, (1, 4): NOTHING}
    assert of_endpoints(of([1, 1], [5, 0], [3, 4])) == {(5, 3): SURE, (5, 4): NOTHING}


def test_a_shared_line_is_sure_of_nothing_and_merges_nobody():
    day = of([1, 2, 3], [5, 5, 5], [3, 4, 9], doubts=Doubts(shared=2))
    assert set(of_endpoints(day).values()) == {SURE & ~Evidence.LOW}
    assert of_clients(day) == {(1, 3): SURE, (2, 4): SURE, (3, 9): SURE}
    assert (day.shared, day.roaming) == (1, 0)


def test_a_client_id_at_too_many_places_is_sure_of_nothing_and_merges_nothing():
    day = of([1, 1, 1], [5, 6, 7], [3, 4, 9], doubts=Doubts(roaming=2))
    assert set(of_clients(day).values()) == {SURE & ~Evidence.LOW}
    assert of_endpoints(day) == {(5, 3): SURE, (6, 4): SURE, (7, 9): SURE}
    assert (day.shared, day.roaming) == (0, 1)


def test_hearsay_alone_is_no_endpoint_of_the_ranking():
    day = of([1, 2], [5, 6], [3, 4], [HEARSAY, SURE])
    assert of_endpoints(day) == {(6, 4): SURE}
    assert of_clients(day)[1, 3] == HEARSAY
    assert len(day.addresses) == 2


def test_sightings_are_told_apart_by_day():
    rows = seen(time=[START + DAY, START - 1, START + DAY + 9], file=[1, 2, 3])
    assert [(number, some.file.tolist()) for number, some in by_day(rows)] == [
        (START // DAY - 1, [2]),
        (START // DAY + 1, [1, 3]),
    ]
    assert len(days(rows, Doubts())) == 2
    assert days(Seen.none(), Doubts()) == []
