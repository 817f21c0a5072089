from __future__ import annotations

import pytest

from tidebreak.client import errors
from tidebreak.client.errors import CannotAsk, CheckKey, ComeBack, Refused, refusal
from tidebreak.errors import OverLimit, TidebreakError, UsageError


@pytest.mark.parametrize("status", range(400, 500))
def test_every_refusal_has_a_class_of_its_own(status: int):
    found = refusal(status)
    assert issubclass(found, Refused)
    assert found is not Refused
    assert found.__name__ in (errors.__doc__ or "")
    assert (status == 401) == (found is CheckKey)


def test_no_answer_is_never_a_refusal():
    assert issubclass(ComeBack, CannotAsk)
    assert issubclass(ComeBack, OverLimit)
    assert issubclass(CannotAsk, TidebreakError)
    assert not issubclass(CannotAsk, UsageError)
    assert not issubclass(Refused, CannotAsk)
    assert ComeBack("later", 3).wait == 3
