from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.policy.cases import case, cases, default, match, part, screened
from tests.policy.policies import policies

from tidebreak.errors import UsageError
from tidebreak.model import Level
from tidebreak.policy.case import Case
from tidebreak.policy.dry_run import EXAMPLES, OFF, Past, dry_run, since
from tidebreak.policy.policy import Policy
from tidebreak.policy.reading import read
from tidebreak.screens import Surface

OLD = default()


def past(*some: Case) -> list[Past]:
    return [
        Past(
            screened(one, OLD.decide(one), f"2026-11-{number % 28 + 1:02}T00:00:00+00:00"),
            one.retroactive,
        )
        for number, one in enumerate(some)
    ]


def test_what_would_change_is_counted_by_what_was_and_would_be():
    stricter = read('[[rule]]\nname = "all near"\nlevel = "near"\naction = "block"\n')
    near = [case(part(match(Level.NEAR)), id=f"n{number}") for number in range(8)]
    result = dry_run(
        stricter, past(*near, case(id="clear"), case(part(match(Level.POSSIBLE)), id="p"))
    )
    assert (result.version, result.screenings, result.changed) == (stricter.version, 10, 8)
    assert [(c.old, c.new, c.count) for c in result.changes] == [
        ("review", "block", 8), ("allow", "allow", 1), ("review", "review", 1),
    ]  # fmt: skip
    change = result.changes[0]
    assert change.rules == (("all near", 8),)
    assert change.examples == ("n7", "n6", "n5", "n4", "n3")


def test_what_would_not_be_examined_any_more_is_told():
    off = read("[surface.hosting]\nenabled = false\n")
    result = dry_run(off, past(case(surface=Surface.HOSTING, id="a"), case(id="b")))
    assert [(c.old, c.new) for c in result.changes] == [("allow", OFF), ("allow", "allow")]
    assert result.changes[0].rules == ()


def test_what_a_flood_held_back_is_left_out():
    one = past(case(part(match()), id="a"))[0]
    held = replace(one.screened, decision=replace(one.screened.decision, holds=("flood",)))
    result = dry_run(OLD, [Past(held)])
    assert (result.screenings, result.flooded, result.changes) == (0, 1, ())


def test_what_was_matched_again_is_decided_as_that():
    policy = read('[[rule]]\nname = "again"\nretroactive = true\naction = "block"\n')
    result = dry_run(policy, past(case(part(match()), id="a", retroactive=True)))
    assert result.changes[0].new == "block"


@given(st.lists(cases, max_size=12))
@settings(max_examples=30, deadline=None)
def test_the_same_policy_changes_nothing(some: list[Case]):
    result = dry_run(OLD, past(*some))
    assert result.changed == 0 or any(not OLD.surface_enabled(one.origin) for one in some)


@given(policies, st.lists(cases, max_size=12))
@settings(max_examples=30, deadline=None)
def test_every_screening_is_counted_once(policy: Policy, some: list[Case]):
    result = dry_run(policy, past(*some))
    assert result.screenings == len(some) == sum(change.count for change in result.changes)
    for change in result.changes:
        assert len(change.examples) == min(EXAMPLES, change.count)


NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("30d", datetime(2026, 10, 24, 2, 0, tzinfo=UTC)),
        ("12h", datetime(2026, 11, 22, 14, 0, tzinfo=UTC)),
        ("2w", datetime(2026, 11, 9, 2, 0, tzinfo=UTC)),
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01T12:00+02:00", datetime(2026, 11, 1, 10, tzinfo=UTC)),
    ],
)
def test_moments_are_written_in_several_ways(text: str, wanted: datetime):
    assert since(text, NOW) == wanted


@pytest.mark.parametrize("text", ["", "30", "d", "yesterday", "-3d", "1y"])
def test_other_moments_are_refused(text: str):
    with pytest.raises(UsageError, match="30d"):
        since(text)
