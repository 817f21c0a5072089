"""Cases for policies: matches, parts and screenings, made by hand or drawn."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from tidebreak.matching.matcher import verdict_of
from tidebreak.matching.states import state_of
from tidebreak.model import Level, ListKind, Match, State
from tidebreak.policy.case import Case
from tidebreak.policy.policy import Policy
from tidebreak.policy.reading import default_text, read
from tidebreak.screens import Decision, Origin, Part, Screened, Surface

MATCH = Match(
    "hotline",
    "owner",
    ListKind.CONTRABAND,
    "#1",
    "A1",
    "scheme",
    Level.EXACT,
    "sha256",
    0.0,
    number=1,
)
LISTS = ("hotline", "own", "other")

FOUND = [level for level in Level if level.found]


def default() -> Policy:
    return read(default_text())


def match(
    level: Level = Level.EXACT, kind: ListKind = ListKind.CONTRABAND, **more: object
) -> Match:
    return replace(MATCH, level=level, kind=kind, **more)  # type: ignore[arg-type]


def part(*matches: Match, reason: str = "") -> Part:
    verdict = verdict_of(matches)
    return Part("", 1, "image/png", state_of(reason, verdict), verdict, reason=reason)


def case(
    *parts: Part, surface: Surface = Surface.PUBLIC, jurisdiction: str = "", **more: object
) -> Case:
    states = [item.state for item in parts]
    whole = min(states, key=list(State).index, default=State.CLEAR)
    if whole is State.CLEAR and State.NOT_FULLY_EXAMINED in states:
        whole = State.NOT_FULLY_EXAMINED
    return Case(parts, whole, Origin(surface, jurisdiction), **more)  # type: ignore[arg-type]


def screened(one: Case, decision: Decision, at: str = "2026-11-01T00:00:00+00:00") -> Screened:
    level = min(
        (item.verdict.level for item in one.parts), key=lambda x: x.rank, default=Level.NONE
    )
    return Screened(one.id, at, one.origin, one.state, level, decision, one.parts, "v1")


matches = st.builds(
    match,
    level=st.sampled_from(FOUND),
    kind=st.sampled_from(ListKind),
    list=st.sampled_from(LISTS),
    number=st.integers(1, 3),
    classification=st.sampled_from(["", "A1", "B2"]),
    scheme=st.sampled_from(["", "scheme"]),
    disputed=st.booleans(),
    distance=st.integers(0, 60).map(float),
    signal=st.sampled_from(["sha256", "md5", "pdq"]),
)
parts = st.builds(
    lambda found, reason: part(*found, reason=reason),
    st.lists(matches, max_size=4),
    st.sampled_from(["", "", "", "encrypted"]),
)
cases = st.builds(
    lambda some, surface, place, again, id: case(
        *some, surface=surface, jurisdiction=place, retroactive=again, id=id
    ),
    st.lists(parts, max_size=3),
    st.sampled_from(Surface),
    st.sampled_from(["", "EU", "DE", "GB", "US-CA"]),
    st.booleans(),
    st.text("ab", min_size=1, max_size=4),
)
