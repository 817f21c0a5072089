from __future__ import annotations

import pytest

from tidebreak.access.limits import OF_PEOPLE, Limits
from tidebreak.errors import UsageError


def test_the_usual_limits_can_be_meant():
    assert Limits().checked() == Limits()
    assert OF_PEOPLE.checked().per_day < Limits().per_day


@pytest.mark.parametrize(
    "change",
    [{"per_second": 0}, {"per_second": float("nan")}, {"burst": 0}, {"per_day": 0},
     {"alarm_hits": 0}, {"alarm_share": 0}, {"alarm_share": 1.1}, {"alarm_variants": 1}],
)  # fmt: skip
def test_limits_that_cannot_be_meant_are_refused(change):
    with pytest.raises(UsageError):
        Limits(**change).checked()
