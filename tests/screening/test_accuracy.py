from __future__ import annotations

from dataclasses import replace

from tidebreak.model import Level, ListKind, Match, State, Verdict
from tidebreak.screening.accuracy import accuracy
from tidebreak.screening.rows import Record, Review
from tidebreak.screens import Action, Decision, Origin, Part, Screened


def match(signal: str, distance: float, name: str = "ours", region: str = "full") -> Match:
    return Match(name, "", ListKind.CONTRABAND, "#1", "", "", Level.NEAR, signal, distance, region)


def record(*matches: Match, said: tuple[str, ...]) -> Record:
    part = Part("", 1, "x", State.MATCHED, Verdict(Level.NEAR, matches))
    decision = Decision(Action.REVIEW, "", "")
    screened = Screened("i", "", Origin(), State.MATCHED, Level.NEAR, decision, (part,), "1.1")
    return Record(screened, reviews=tuple(Review("", "ann", outcome) for outcome in said))


def test_figures_are_by_list_signal_and_band_and_the_last_word_counts():
    found = accuracy(
        [
            record(match("pdq", 3), said=("confirmed",)),
            record(match("pdq", 7), said=("confirmed", "wrong")),
            record(match("pdq", 8), said=("unclear",)),
            record(match("pdq", 3), match("pdq", 30), said=("confirmed",)),
            record(match("sha256", 0, region="whole file"), said=("confirmed",)),
            record(match("vpdq", 0.2), said=("wrong",)),
            record(match("pdq", 3, "other"), said=("wrong",)),
            record(match("pdq", 3), said=()),
        ]
    )
    assert [(f.list, f.signal, f.band, f.confirmed, f.wrong, f.unclear) for f in found] == [
        ("other", "pdq", "0-7", 0, 1, 0),
        ("ours", "pdq", "0-7", 2, 1, 0),
        ("ours", "pdq", "8-15", 0, 0, 1),
        ("ours", "sha256", "equal", 1, 0, 0),
        ("ours", "vpdq", "near", 0, 1, 0),
    ]
    assert [f.precision for f in found] == [0.0, 2 / 3, None, 1.0, 0.0]


def test_what_is_no_hit_does_not_count():
    allowed = replace(match("sha256", 0), kind=ListKind.ALLOW)
    assert accuracy([record(allowed, said=("confirmed",))]) == []
