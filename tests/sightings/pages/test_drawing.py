from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.sightings.pages.drawing import WIDTH, coverage, mix, range_bar, timeline
from tidebreak.sightings.pages.portrait import Slot
from tidebreak.sightings.records import Curve, Grade, Hypothesis, Range

SVG = "{http://www.w3.org/2000/svg}"


def shapes(text: str, name: str) -> list[ET.Element]:
    return ET.fromstring(text).findall(f".//{SVG}{name}")


def test_coverage_is_a_band_from_low_to_high_for_each_hypothesis():
    curves = [
        Curve(hypothesis, (1, 10, 100), (0.01, 0.05, 0.1), (0.02, 0.08, 0.18))
        for hypothesis in Hypothesis
    ]
    text = coverage(curves)
    assert len(shapes(text, "polygon")) == 2
    points = [
        tuple(map(float, p.split(",")))
        for p in shapes(text, "polygon")[0].get("points", "").split()
    ]
    assert len(points) == 6
    for (_, low), (_, high) in zip(points[:3], points[:2:-1], strict=True):
        assert high < low, "more is higher up"
    assert points[0][0] < points[1][0] < points[2][0] <= WIDTH
    labels = [item.text for item in shapes(text, "text")]
    assert {"20%", "0%", "1", "3", "10", "30", "100"} <= set(labels)
    assert "client id" in labels


@pytest.mark.parametrize("curves", [[], [Curve(Hypothesis.CLIENT, (), (), ())]])
def test_nothing_ranked_is_said(curves):
    assert "no actors" in coverage(curves)


def test_one_actor_is_no_division_by_zero():
    assert "polyline" in coverage([Curve(Hypothesis.ENDPOINT, (1,), (1.0,), (1.0,))])


@given(
    st.lists(
        st.tuples(st.integers(0, 20_000), st.integers(0, 9), st.integers(0, 9), st.integers(1, 9)),
        min_size=1, max_size=40, unique_by=lambda day: day[0],
    )
)  # fmt: skip
def test_columns_of_a_timeline_are_as_high_as_what_they_count(days):
    found = [
        Slot(86_400 * start, dict(zip(Grade, counts, strict=True)))
        for start, *counts in sorted(days)
    ]
    text = timeline(found, 86_400)
    columns = [r for r in shapes(text, "rect") if r.get("height") != "10"]
    step = max(1, -(-((found[-1].start - found[0].start) // 86_400 + 1) // 180))
    sums: dict[int, int] = {}
    for day in found:
        place = (day.start - found[0].start) // 86_400 // step
        sums[place] = sums.get(place, 0) + sum(day.counts.values())
    most = max(sums.values())
    height = sum(float(r.get("height", 0)) for r in columns)
    assert height == pytest.approx(130 * sum(sums.values()) / most, abs=0.51 * len(columns))
    assert all(float(r.get("y", 0)) >= 13.9 for r in columns)


def test_an_empty_timeline_says_so():
    assert "no sightings" in timeline([], 86_400)


def test_a_range_is_drawn_from_low_to_high_and_never_vanishes():
    bars = list(ET.fromstring(range_bar(Range(2, 4), 8)))
    assert [bar.get("x") for bar in bars][-1] == "25.00"
    assert bars[-1].get("width") == "25.00"
    assert ET.fromstring(range_bar(Range(3, 3), 1000))[-1].get("width") == "0.80"
    assert ET.fromstring(range_bar(Range(0, 0), 0)) is not None


def test_the_mix_of_grades_fills_the_bar_in_order():
    bars = list(ET.fromstring(mix({Grade.A: 1, Grade.B: 2, Grade.C: 1})))
    assert [(bar.get("x"), bar.get("width")) for bar in bars] == [
        ("0.00", "25.00"), ("25.00", "50.00"), ("75.00", "25.00"),
    ]  # fmt: skip
    assert "1 of grade A" in mix({Grade.A: 1})
