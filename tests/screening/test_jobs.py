from __future__ import annotations

import os

import pytest

from tidebreak.media.pool import Job
from tidebreak.screening.jobs import LARGE, Jobs
from tidebreak.screens import Overloaded


def job(token: int, size: int = 1) -> Job:
    return Job(token, os.open(os.devnull, os.O_RDONLY), size)


def is_open(job: Job) -> bool:
    try:
        os.fstat(job.fd)
    except OSError:
        return False
    return True


def given(jobs: Jobs) -> int | None:
    found = next(jobs)
    return None if found is None else found.token


def test_what_is_taken_is_given_out_in_turn_and_then_there_is_nothing_now():
    jobs = Jobs(2, 10)
    for token in (1, 2):
        jobs.put(job(token))
    assert [given(jobs) for _ in range(3)] == [1, 2, None]
    assert os.eventfd_read(jobs.wake) == 2
    assert (jobs.depth, jobs.bytes) == (2, 2)
    jobs.done(1)
    jobs.done(2)
    assert (jobs.depth, jobs.bytes) == (0, 0)


def test_too_many_or_too_much_is_refused_at_once_and_closed():
    jobs = Jobs(1, 2, most_bytes=100)
    jobs.put(job(1, 1000))  # alone, however large
    refused = job(2, 1)
    with pytest.raises(Overloaded) as error:
        jobs.put(refused)
    assert 1 <= error.value.seconds <= 60
    assert not is_open(refused)
    next(jobs)
    jobs.done(1)
    jobs.put(job(3))
    jobs.put(job(4))
    with pytest.raises(Overloaded):
        jobs.put(job(5))
    jobs.put(job(6), again=True)
    assert jobs.depth == 3


def test_the_wait_that_is_told_follows_what_was_measured():
    now = [0.0]
    jobs = Jobs(2, 40, clock=lambda: now[0])
    jobs.put(job(0))
    next(jobs)
    now[0] = 4.0
    jobs.done(0)
    for token in range(1, 41):
        jobs.put(job(token))
    with pytest.raises(Overloaded) as error:
        jobs.put(job(99))
    assert error.value.seconds == 40  # 40 jobs of 4 s on 2 workers, by half


def test_large_ones_leave_one_worker_to_the_others():
    jobs = Jobs(2, 10)
    jobs.put(job(1, LARGE))
    jobs.put(job(2, LARGE))
    jobs.put(job(3))
    assert [given(jobs) for _ in range(3)] == [1, 3, None]
    jobs.done(1)
    assert given(jobs) == 2


def test_a_single_worker_takes_large_ones_too():
    jobs = Jobs(1, 10)
    jobs.put(job(1, LARGE))
    assert given(jobs) == 1


def test_what_nobody_waits_for_is_forgotten_unless_a_worker_has_it():
    jobs = Jobs(2, 10)
    first, second = job(1), job(2)
    jobs.put(first)
    jobs.put(second)
    next(jobs)
    jobs.drop(1)
    jobs.drop(2)
    jobs.drop(3)
    assert is_open(first)
    assert not is_open(second)
    assert jobs.depth == 1
    assert given(jobs) is None


def test_a_pause_ends_the_round_and_loses_nothing():
    jobs = Jobs(2, 10)
    jobs.put(job(1))
    jobs.pause()
    with pytest.raises(StopIteration):
        next(jobs)
    assert given(jobs) == 1


def test_closing_ends_it_and_refuses_what_comes():
    jobs = Jobs(2, 10)
    waiting = job(1)
    jobs.put(waiting)
    jobs.close()
    assert not is_open(waiting)
    with pytest.raises(StopIteration):
        next(jobs)
    with pytest.raises(Overloaded):
        jobs.put(job(2))


def test_after_the_pool_is_gone_everything_is_forgotten():
    jobs = Jobs(2, 10)
    jobs.put(job(1))
    jobs.put(job(2))
    next(jobs)
    assert sorted(jobs.reset()) == [1, 2]
    assert (jobs.depth, jobs.bytes) == (0, 0)
