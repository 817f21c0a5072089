from __future__ import annotations

import gc

import pytest

from tidebreak import collector


def test_the_collector_rests_and_goes_on():
    assert gc.isenabled()
    with collector.paused():
        assert not gc.isenabled()
        with collector.paused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_an_error_lets_it_go_on():
    with pytest.raises(ZeroDivisionError), collector.paused():
        _ = 1 / 0
    assert gc.isenabled()


def test_what_is_left_alone_is_walked_no_more():
    kept = [[] for _ in range(1000)]
    try:
        collector.leave_alone()
        assert gc.get_freeze_count() > len(kept)
        assert not any(item is kept for item in gc.get_objects())
    finally:
        gc.unfreeze()
