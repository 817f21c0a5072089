from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest

from tidebreak.calibration.curve import HEIGHT, WIDTH, Line, draw
from tidebreak.calibration.summary import Curve

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def line() -> Line:
    share = np.linspace(0, 1, 101)
    return Line("a <b>", Curve(share, share * 0.9, share, share * 0, np.linspace(1e-5, 0.3, 101)))


def points(element: ElementTree.Element) -> list[tuple[float, float]]:
    return [
        (float(x), float(y))
        for x, y in (part.split(",") for part in (element.get("points") or "").split())
    ]


def test_it_is_valid_markup_without_scripts_or_links(line):
    root = ElementTree.fromstring(draw([line, line], marks=(31, 40)))
    names = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert names <= {"svg", "rect", "line", "text", "polygon", "polyline"}
    assert not any("href" in key or key.startswith("on") for e in root.iter() for key in e.attrib)
    assert "a <b>" in [element.text for element in root.iter(f"{SVG}text")]


def test_everything_is_on_the_canvas_and_the_right_way_up(line):
    root = ElementTree.fromstring(draw([line]))
    recall, bound = (points(element) for element in root.iter(f"{SVG}polyline"))
    for curve in (recall, bound):
        assert len(curve) == 101
        assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in curve)
        assert all(one[0] < other[0] for one, other in pairwise(curve))
        assert curve[0][1] > curve[-1][1]
    assert min(y for _, y in bound) > max(y for _, y in recall)


def test_marks_stand_at_their_distance(line):
    root = ElementTree.fromstring(draw([line], marks=(50, 300)))
    marks = [element for element in root.iter(f"{SVG}line") if element.get("stroke-dasharray")]
    assert len(marks) == 1
    recall = points(next(root.iter(f"{SVG}polyline")))
    assert float(marks[0].get("x1", "0")) == pytest.approx(recall[50][0])
