from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tidebreak.media.intray import BATCH_BYTES, Intray
from tidebreak.media.process import Job


def jobs(*sizes: int) -> Iterator[Job]:
    for token, size in enumerate(sizes, 1):
        yield Job(token, os.open(os.devnull, os.O_RDONLY), size)


def batches(intray: Intray) -> list[list[int]]:
    found: list[list[int]] = []
    while intray.more():
        batch = intray.batch()
        found.append([job.token for job in batch])
        for job in batch:
            os.close(job.fd)
    return found


def test_a_batch_ends_with_its_number_or_its_bytes():
    most = BATCH_BYTES
    assert batches(Intray(jobs(*[1] * 5), 2)) == [[1, 2], [3, 4], [5]]
    assert batches(Intray(jobs(1, most - 1, 1, 2 * most, 1), 9)) == [[1, 2], [3], [4], [5]]


def test_what_comes_back_goes_first_and_a_suspect_alone():
    intray = Intray(jobs(1, 1, 1), 2)
    first, second = intray.batch() if intray.more() else ()
    assert intray.again(first, alone=False)
    assert intray.again(second, alone=True)
    assert intray.suspects
    assert batches(intray) == [[2], [1, 3]]


def test_nothing_comes_back_without_end():
    intray = Intray(jobs(1), 1)
    for _ in range(2):
        assert intray.more()
        (job,) = intray.batch()
        assert intray.again(job, alone=True)
    assert intray.more()
    (job,) = intray.batch()
    assert not intray.again(job, alone=True)
    assert not intray.more()
    os.close(job.fd)


def test_closing_closes_all_that_waits():
    made = list(jobs(1, 1, 1))
    intray = Intray(iter(made), 1)
    assert intray.more()
    (first,) = intray.batch()
    intray.again(first, alone=True)
    assert intray.more()
    intray.close()
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(first.fd)
    os.fstat(made[1].fd)  # not taken yet: still the caller's
    for job in made[1:]:
        os.close(job.fd)


def test_none_now_is_not_the_end():
    first, second = jobs(1, 1)
    intray = Intray(iter([None, first, None, second]), 5)
    assert not intray.more()
    assert not intray.ended
    assert intray.more()
    assert [job.token for job in intray.batch()] == [1]
    assert intray.more()
    assert [job.token for job in intray.batch()] == [2]
    assert not intray.more()
    assert intray.ended
    for job in (first, second):
        os.close(job.fd)
