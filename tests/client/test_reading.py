from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.client.service_helper import SCREENED

from tidebreak.client.errors import CannotAsk
from tidebreak.client.fields import Fields
from tidebreak.client.reading import read_screened
from tidebreak.model import Level, ListKind, State
from tidebreak.screens import Action, Decision, Origin, Surface


def test_everything_is_read():
    screened = read_screened(Fields(SCREENED))
    assert (screened.id, screened.version, screened.sandbox) == ("s1", "v1", 4)
    assert screened.origin == Origin(Surface.HOSTING, "EU", "upload 1", "shop")
    assert (screened.state, screened.level) == (State.MATCHED, Level.NEAR)
    assert screened.decision == Decision(
        Action.QUARANTINE, "near", "It resembles something known.", "Art. 1", "p1", ("sample",)
    )
    (part,) = screened.parts
    (match,) = part.verdict.matches
    assert (match.list, match.kind, match.disputed) == ("practice", ListKind.CONTRABAND, False)
    assert [signal.type.name for signal in part.signals] == ["sha256", "pdq"]
    assert part.signals[1].quality == 100


def test_a_distance_that_is_not_told_is_within_no_threshold():
    (match,) = read_screened(Fields(SCREENED)).parts[0].verdict.matches
    assert not match.distance <= 256
    assert not match.distance >= 0


def test_who_may_see_distances_does():
    value = copy.deepcopy(SCREENED)
    value["parts"][0]["verdict"]["matches"][0] |= {
        "distance": 12, "quality": 90, "known_fraction": 0.5, "file_fraction": 1,
        "ranges": [[0, 1, 2.5, 3]],
    }  # fmt: skip
    (match,) = read_screened(Fields(value)).parts[0].verdict.matches
    assert (match.distance, match.quality, match.known_fraction) == (12, 90, 0.5)
    assert match.ranges == ((0.0, 1.0, 2.5, 3.0),)


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for name, one in inside:
        found.append((*at, name))
        if isinstance(one, dict | list):
            found += paths(one, (*at, name))
    return found


OPTIONAL = {"of-next-year", "quality", "region", "transform", "algorithm", "known_part"}
STRANGE = ("parts", 0, "signals", 2, "value")  # of a signal whose type is not known here
NEEDED = [
    path
    for path in paths(SCREENED)
    if isinstance(path[-1], str) and not OPTIONAL & set(map(str, path)) and path != STRANGE
]


@pytest.mark.parametrize("path", NEEDED, ids=lambda p: ".".join(map(str, p)))
@pytest.mark.parametrize("damage", ["missing", "null", "other"])
def test_nothing_that_is_needed_may_be_missing(path: tuple[Any, ...], damage: str):
    value = copy.deepcopy(SCREENED)
    at = value
    for step in path[:-1]:
        at = at[step]
    if damage == "missing":
        del at[path[-1]]
    else:
        at[path[-1]] = None if damage == "null" else 3.25
    with pytest.raises(CannotAsk):
        read_screened(Fields(value))


@settings(max_examples=40)
@given(
    st.recursive(
        st.none() | st.booleans() | st.text(),
        lambda s: st.lists(s) | st.dictionaries(st.sampled_from(list(SCREENED)), s),
    )
)
def test_whatever_comes_is_no_answer_rather_than_a_crash(value: Any):
    with pytest.raises(CannotAsk):
        read_screened(Fields(value))
