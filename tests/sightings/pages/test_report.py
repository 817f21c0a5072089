from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.sightings.made import FLAG, portrait, ranking

from tidebreak.errors import UsageError
from tidebreak.sightings.pages.report import (
    ITEMS,
    SHOWN,
    actor_page,
    ranking_page,
    write_page,
)
from tidebreak.sightings.records import Custody, Hypothesis, Range

VOID = {"meta", "rect", "line", "polygon", "polyline", "br"}


class Nesting(HTMLParser):
    """Fails where an element is closed that is not open, and keeps the text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag, attrs):
        assert tag != "script"
        assert not {name for name, _ in attrs} & {"src", "href", "onload", "onclick"}
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)


def text(page: str) -> str:
    parser = Nesting()
    parser.feed(page)
    assert not parser.open
    return " ".join(" ".join(parser.words).split())


def test_the_page_of_a_ranking_shows_ranges_flags_custody_and_what_it_is():
    made = ranking(SHOWN + 3)
    shown = text(ranking_page(made))
    assert "A ranking is a work queue, not a finding." in shown
    assert "The order is that of a value inside this range" in shown
    assert "9,120 to 11,020 known contents seen" in shown
    first = made.actors[Hypothesis.CLIENT][0]
    assert first.key in shown
    assert f"{first.sole.low:,.0f} to {first.sole.high:,.0f}" in shown
    assert f"⚑ {FLAG}" in shown
    assert "warrant 17/2026" in shown
    assert "0f" * 32 in shown
    assert "521, a time that is not understood" in shown
    assert "local times of Europe/Amsterdam; clock corrected by -90 s" in shown
    assert f"The first {SHOWN} of {SHOWN + 3} are shown" in shown
    assert made.actors[Hypothesis.CLIENT][SHOWN].key not in shown
    assert "sightings of excluded machines 48,210" in shown
    assert "Settings of this run: shared 3, roaming 8." in shown


def test_the_page_of_an_actor_names_entries_and_never_a_point():
    made = ranking(4)
    shown = text(actor_page(portrait(made, ITEMS + 1)))
    actor = made.actors[Hypothesis.CLIENT][0]
    assert "number 1 of 4, if one client id is one actor" in shown
    assert "f2a17c0e9d3344556677889900aabbcc" in shown
    assert "National list: item-0 not sure: hearsay, a request, or a weak identifier" in shown
    assert f"{actor.rarity.low:,.1f} to {actor.rarity.high:,.1f}" in shown
    assert "240.1.0.7, port 5000" in shown
    assert "The first 50 of 60 are shown." in shown
    assert f"The first {ITEMS} of {ITEMS + 1} contents are listed." in shown
    assert "grade A" in shown


def test_an_actor_without_flags_or_contents_is_said_to_have_none():
    made = ranking(2)
    bare = dataclasses.replace(
        portrait(made, 0), actor=made.actors[Hypothesis.CLIENT][1], slots=(), companions=()
    )
    shown = text(actor_page(bare))
    assert "Nothing that is visible in these logs. That is no proof of it." in shown
    assert "none is known now" in shown
    assert "none was given" in shown


def test_the_page_of_an_actor_says_what_has_changed_since():
    shown = portrait(ranking(2))
    changed = "The lists have changed since this was ranked; rank again."
    assert changed in text(actor_page(dataclasses.replace(shown, stale=changed)))
    assert "rank again" not in text(actor_page(shown))


def test_an_empty_ranking_is_a_page_too():
    shown = text(ranking_page(ranking(0)))
    assert shown.count("Nobody was claimed to hold known content") == 2


def test_countries_and_networks_are_a_table_of_their_own():
    made = ranking(2)
    places = {"addresses in NL": Range(3, 9), "addresses of AS64500 Example": Range(1, 1)}
    shown = text(ranking_page(dataclasses.replace(made, totals={**made.totals, **places})))
    assert "in NL 3 to 9 of AS64500 Example 1 By databases of the user" in shown
    assert "Where the addresses are registered" not in text(ranking_page(made))


def test_what_comes_from_others_is_escaped_and_visible():
    made = ranking(2)
    evil = dataclasses.replace(
        made.sources[0], name="<script>x</script>\u202e.csv", custody=Custody("<b>", "\x1b[31m")
    )
    page = ranking_page(dataclasses.replace(made, sources=(evil,)))
    assert "&lt;script&gt;x&lt;/script&gt;\\u202e.csv" in page
    assert "\x1b" not in page
    text(page)


def test_a_page_is_written_whole_for_its_owner_alone(tmp_path: Path):
    write_page(tmp_path / "new" / "page.html", "whole")
    assert (tmp_path / "new" / "page.html").read_text() == "whole"
    assert (tmp_path / "new" / "page.html").stat().st_mode & 0o077 == 0
    with pytest.raises(UsageError, match=r"cannot be written to .*; make room"):
        write_page(tmp_path / "new" / "page.html" / "x.html", "y")


@pytest.mark.slow
def test_a_browser_prints_it_on_a4(tmp_path: Path):
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("needs the browser chromium")
    made = ranking(3)
    write_page(tmp_path / "page.html", actor_page(portrait(made)))
    subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
         f"--user-data-dir={tmp_path / 'profile'}", f"--print-to-pdf={tmp_path / 'page.pdf'}",
         (tmp_path / "page.html").as_uri()],
        check=True, timeout=120, capture_output=True,
    )  # fmt: skip
    pdf = (tmp_path / "page.pdf").read_bytes()
    assert re.search(rb"/MediaBox \[0 0 59[45](\.\d+)? 84[12]", pdf)
    assert 4 <= len(re.findall(rb"/Type /Page\b", pdf)) <= 14
