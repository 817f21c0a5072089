from __future__ import annotations

import pytest

from tidebreak.errors import UsageError
from tidebreak.seal.online.limits import Limits


@pytest.mark.parametrize(
    "change",
    [{"per_day": 0}, {"per_second": 0.0}, {"burst": 999}, {"alarm_hits": 0}, {"alarm_share": 0.0},
     {"alarm_share": 1.1}],
)  # fmt: skip
def test_limits_that_cannot_be_meant_are_refused(change: dict[str, float]):
    assert Limits().checked() == Limits()
    with pytest.raises(UsageError):
        Limits(**change).checked()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "hits", "raised"),
    [
        (0, 0, ()),
        (1000, 19, ()),
        (100, 19, ()),  # too few for a share to mean anything
        (100, 20, ("high share of hits",)),
        (10_000, 99, ()),
        (10_000, 100, ("many hits",)),
        (79_999, 0, ()),
        (80_000, 0, ("nearly all of the quota",)),
    ],
)
def test_alarms(asked: int, hits: int, raised: tuple[str, ...]):
    assert Limits().alarms(asked, hits) == raised
