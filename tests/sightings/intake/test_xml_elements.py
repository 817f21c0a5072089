from __future__ import annotations

import io

import pytest

from tidebreak.errors import UsageError
from tidebreak.sightings.intake.xml_elements import elements, texts


def test_elements_come_whole_one_by_one_in_any_namespace():
    content = b'<r xmlns="urn:x"><a n="1"><b>x</b></a><c/><a n="2"><b> y </b><b/></a></r>'
    found = [(e.get("n"), list(texts(e, "b"))) for e in elements(io.BytesIO(content), "a")]
    assert found == [("1", ["x"]), ("2", ["y"])]


@pytest.mark.parametrize("content", [
    b"", b"<r><a></r>", b"<r><a/>", b"text",
    b'<!DOCTYPE r [<!ENTITY e "x">]><r>&e;</r>', b'<!DOCTYPE r SYSTEM "file:///etc/passwd"><r/>',
])  # fmt: skip
def test_what_is_not_whole_or_asks_for_more_is_refused(content):
    with pytest.raises(UsageError, match="not whole XML"):
        list(elements(io.BytesIO(content), "a"))


def test_what_was_read_is_forgotten():
    content = b"<r>" + b"<a><b>x</b></a>" * 1000 + b"</r>"
    kept = list(elements(io.BytesIO(content), "a"))
    assert sum(len(element) for element in kept) == 0
