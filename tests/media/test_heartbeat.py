from __future__ import annotations

import os

import pytest

from tidebreak.media.heartbeat import Heartbeat, Pulse, new_page, read_pulse


@pytest.fixture
def page():
    fd = new_page()
    yield fd
    os.close(fd)


def test_what_the_worker_writes_the_pool_reads(page: int):
    assert read_pulse(page) == Pulse(0, 0)
    heartbeat = Heartbeat(os.dup(page))
    heartbeat.working(7)
    assert read_pulse(page) == Pulse(7, 1)
    heartbeat.beat()
    heartbeat.beat()
    assert read_pulse(page) == Pulse(7, 3)


def test_a_page_that_was_shrunk_does_no_harm(page: int):
    Heartbeat(os.dup(page)).working(7)
    os.ftruncate(page, 3)
    assert read_pulse(page) == Pulse()
