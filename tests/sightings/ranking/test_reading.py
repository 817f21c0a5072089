from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from tests.sightings.worlds import DAY, START, Crowd, add_source, columns, known, question, seen

from tidebreak.sightings.ranking.pairs import Evidence
from tidebreak.sightings.ranking.reading import Seen, Span, read, side_by_side, spans
from tidebreak.sightings.records import Event, Grade

CROWD = Crowd(rows=500, days=5)


@pytest.fixture
def store(opened):
    rng = np.random.default_rng(3)
    for ceiling in (Grade.A, Grade.B):
        add_source(opened(), columns(rng, CROWD), CROWD, ceiling)
    return opened()


@pytest.mark.parametrize("at_once", [1, 150, 400, 10**6])
def test_spans_are_whole_days_that_miss_nothing(store, at_once):
    found = spans(store.sources(), at_once)
    edges = [edge for span in found for edge in (span.first, span.last)]
    assert edges[1:-1:2] == edges[2::2]
    assert all(edge % DAY == 0 for edge in edges)
    all_known = known(np.random.default_rng(1), CROWD.contents)
    asked = question(all_known, store.sources())
    assert sum(read(span, store.paths(), asked).rows for span in found) == 1000
    assert len(found) == {1: 5, 150: 5, 400: 3, 10**6: 1}[at_once]


def test_without_sightings_there_are_no_spans():
    assert spans([]) == []


def everything(store, **more):
    chosen = known(np.random.default_rng(1), CROWD.contents)
    return read(
        Span(START, START + 9 * DAY), store.paths(), question(chosen, store.sources(), **more)
    )


def test_only_known_contents_are_read_with_the_evidence_that_they_are(store):
    chosen = known(np.random.default_rng(1), CROWD.contents)
    got = everything(store)
    wanted = []
    for batch in store.batches():
        names = ("time", "source", "grade", "event", "content")
        for row in zip(*(batch[name].tolist() for name in names), strict=True):
            time, source, grade, event, content = row
            if chosen.files[content] == 0:
                continue
            bits = Evidence.OWN
            if grade < 3 and event not in (Event.REQUESTED, Event.STOPPED):
                bits |= Evidence.ENTERS
                if chosen.strong[content] and (grade == 1 or event != Event.ANNOUNCED):
                    bits |= Evidence.LOW
                    bits |= Evidence.RECEIVED if grade == 1 else 0
                    bits |= Evidence.TESTED if grade == 1 or source == 1 else 0
            wanted.append((time, int(chosen.files[content]), int(bits)))
    columns_of = (got.found.time, got.found.file, got.found.evidence)
    assert sorted(zip(*(c.tolist() for c in columns_of), strict=True)) == sorted(wanted)
    assert got.rows == 1000


def test_weak_identifiers_may_count_like_all_others(store):
    weakly = everything(store, weak=True).found
    entering = (weakly.evidence & Evidence.ENTERS) > 0
    usual = everything(store).found.evidence
    assert ((usual[entering] & Evidence.LOW) > 0).sum() < (
        (weakly.evidence & Evidence.LOW) > 0
    ).sum()
    received = entering & (weakly.grade == 1)
    assert ((weakly.evidence[received] & Evidence.LOW) > 0).all()


def test_who_is_excluded_is_left_out_and_counted(store):
    clients = np.zeros(4, np.bool_)
    clients[2] = True
    addresses = np.zeros(CROWD.addresses + 1, np.bool_)
    addresses[CROWD.addresses] = True
    got, whole = everything(store, clients=clients, addresses=addresses), everything(store)
    out = (whole.found.client == 2) | (whole.found.address == CROWD.addresses)
    assert got.excluded == int(out.sum()) > 0
    assert len(got.found) == len(whole.found) - got.excluded


def test_time_may_be_limited(store):
    some = everything(store, since=START + DAY, until=START + DAY + 7).found
    assert ((some.time >= START + DAY) & (some.time < START + DAY + 7)).all()


def test_columns_are_taken_and_joined_together():
    rows = seen(time=[5, 6, 7], file=[1, 2, 3])
    back = Seen.joined([rows.take(np.array([2])), rows.take(np.array([True, True, False]))])
    assert back.time.tolist() == [7, 5, 6]
    assert replace(back, time=rows.time).file.tolist() == [3, 1, 2]


def test_results_come_in_order_and_never_far_ahead():
    begun, limit = [], threading.Semaphore(8)

    def act(number):
        begun.append(number)
        limit.acquire()
        return number * number

    results = side_by_side(act, range(20), 2)
    assert next(results) == 0
    assert len(begun) <= 8
    for _ in range(20):
        limit.release()
    assert list(results) == [n * n for n in range(1, 20)]
