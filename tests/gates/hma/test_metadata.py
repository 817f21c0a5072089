from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.gates.hma.kept import About
from tidebreak.gates.hma.metadata import about_of
from tidebreak.web.requests import Refused

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


def test_a_body_in_the_form_of_hma():
    given_ = {"content_id": "1", "content_uri": "u", "json": {"a": 1}, "collab": {"E": ["k"]}}
    assert about_of({}, {"metadata": given_}, "n") == About(
        {"content_id": "1", "content_uri": "u", "json": {"a": 1}}, "n"
    )
    assert about_of({}, {"metadata": {"content_id": None}}, None) == About()
    assert about_of({}, {}, None) == About()


def test_fields_beside_it_count_where_it_has_none():
    beside = {"content_id": "1", "content_uri": "u", "metadata": '{"content_id": "2"}'}
    assert about_of(beside, {}, None).metadata == {"content_id": "2", "content_uri": "u"}


@settings(max_examples=40)
@given(st.dictionaries(st.text(max_size=5), JSON, min_size=1, max_size=4))
def test_keys_that_are_not_hmas_are_kept_inside(given_: dict[str, Any]):
    known = {"content_id", "content_uri", "json", "collab"}
    beside = {"metadata": json.dumps(given_)}
    if not set(given_) <= known:
        assert about_of(beside, {}, None).metadata == {"json": given_}


@pytest.mark.parametrize("metadata", [5, [], "x", {"other": 1}, {"content_id": 1}, {"json": []}])
def test_a_body_in_another_form_is_refused(metadata: object):
    with pytest.raises(Refused) as refused:
        about_of({}, {"metadata": metadata}, None)
    assert refused.value.status == 400


@pytest.mark.parametrize("text", ["{", "[]", "5", "[" * 100_000])
def test_a_text_that_is_no_object_is_refused(text: str):
    with pytest.raises(Refused):
        about_of({"metadata": text}, {}, None)
