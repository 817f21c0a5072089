from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console
from tests.sightings.made import FLAG, portrait, ranking

from tidebreak.cli import sightings_shown as shown
from tidebreak.errors import UsageError
from tidebreak.sightings.records import KNOWN_SEEN, Grade, Network, Range


def printed(act, thing, width: int) -> str:
    out = io.StringIO()
    act(Console(file=out, width=width, highlight=False), thing)
    return out.getvalue()


def test_words_are_understood_in_any_case_or_refused():
    assert shown.grade_of("") is None
    assert shown.grade_of("b") is Grade.B
    assert shown.network_of("") is None
    assert shown.network_of("eMule") is Network.EDONKEY
    assert shown.day_of("") is None
    assert shown.day_of("2026-01-01") == 1_767_225_600
    for bad in ("2026-02-30", "1.2.2026", "x"):
        with pytest.raises(UsageError, match="That is no day"):
            shown.day_of(bad)


@pytest.mark.parametrize("width", [80, 120])
def test_a_ranking_fits_a_terminal_with_whole_keys_and_ranges(width: int):
    made = ranking(20)
    text = printed(shown.print_ranking, made, width)
    assert max(map(len, text.splitlines())) <= width
    for actors in made.actors.values():
        for actor in actors[: shown.ACTORS]:
            assert actor.key in text
            ends = dict.fromkeys((f"{actor.sole.low:,.0f}", f"{actor.sole.high:,.0f}"))
            assert "–".join(ends) in text
    assert text.count("… and 5 more") == 2
    assert "something speaks against taking it for one actor" in text
    assert ("networks" in text) == (width == 120)


def test_nobody_ranked_is_said():
    assert printed(shown.print_ranking, ranking(0), 80).count("nobody was claimed to hold") == 2


def test_an_actor_is_shown_with_ranges_flags_and_what_is_left_out():
    made = ranking(2)
    text = printed(shown.print_portrait, portrait(made, 30), 120)
    assert "number 1 of 2, if one client id is one actor" in text
    assert "f2a17c0e9d3344556677889900aabbcc" in text
    assert f"! {FLAG}" in text
    assert "National list: item-0" in text
    assert "… and 10 more: --report or --json" in text
    assert "… and 50 more: --report or --json" in text


def test_what_has_changed_since_it_was_ranked_is_said():
    changed = "The lists have changed since this was ranked; rank again."
    shown_one = replace(portrait(ranking(2), 3), stale=changed)
    assert changed in printed(shown.print_portrait, shown_one, 120)


def test_that_no_list_knows_anything_is_said():
    said = "No enabled list knows anything of these logs."
    nothing = replace(ranking(0), totals={KNOWN_SEEN: Range(0, 0)})
    assert said in printed(shown.print_ranking, nothing, 80)
    assert said not in printed(shown.print_ranking, ranking(0), 80)
