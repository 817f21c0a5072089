from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from tidebreak.errors import (
    BadSignal,
    Busy,
    CannotAsk,
    Damaged,
    OverLimit,
    TidebreakError,
    UsageError,
    WorkersFailed,
)
from tidebreak.fetching.errors import FetchFailed, FetchRefused
from tidebreak.policy.places import SurfaceOff
from tidebreak.screening.writer import NotKept
from tidebreak.screens import Overloaded
from tidebreak.service.forms.lists import EntriesIn, ListIn
from tidebreak.service.forms.records import WebhookIn
from tidebreak.service.forms.screening import MatchIn, SignalsIn, UrlIn
from tidebreak.service.forms.service import ProblemForm
from tidebreak.service.problems import NAMES, Fault, Problem, faults_of, invalid, safe, said_of
from tidebreak.spool import NoRoom, TooLarge

HASH = "ab" * 32


@pytest.mark.parametrize(
    ("error", "status", "name", "retry"),
    [
        (Problem(409, "x"), 409, "conflict", None),
        (Overloaded(7), 429, "too-many", "7"),
        (OverLimit("Too much.", 12.2), 429, "over-quota", "13"),
        (TooLarge("Send less."), 413, "too-large", None),
        (NoRoom("/secret/place is full"), 503, "unavailable", "30"),
        (Busy("x"), 503, "unavailable", "5"),
        (SurfaceOff("Off."), 403, "surface-off", None),
        (BadSignal("sha256: 3 characters"), 422, "invalid", None),
        (FetchRefused("No."), 422, "invalid", None),
        (FetchFailed("No answer."), 502, "fetch-failed", None),
        (CannotAsk("/secret/place is gone"), 503, "unavailable", "5"),
        (NotKept("The disk is full."), 503, "unavailable", "5"),
        (WorkersFailed("x"), 503, "unavailable", "5"),
        (Damaged("/secret/place"), 503, "unavailable", "5"),
        (TidebreakError("/secret/place"), 503, "unavailable", "5"),
        (RuntimeError(HASH), 500, "failed", None),
        (KeyError(HASH), 500, "failed", None),
    ],
)
def test_what_each_error_says(error: Exception, status: int, name: str, retry: str | None):
    response = said_of(error).response("an-id")
    assert response.status_code == status
    assert response.headers.get("retry-after") == retry
    problem = ProblemForm.model_validate_json(bytes(response.body))
    assert problem.type == f"urn:tidebreak:problem:{name}"
    assert (problem.status, problem.request_id) == (status, "an-id")
    assert "secret" not in problem.detail
    assert HASH not in bytes(response.body).decode()


def test_a_text_that_holds_a_hash_is_not_said():
    assert HASH not in said_of(UsageError(f"There is no list '{HASH}'.")).detail
    assert safe("a list of 12 entries") == "a list of 12 entries"


FORMS = [TypeAdapter(form) for form in (MatchIn, SignalsIn, UrlIn, EntriesIn, ListIn, WebhookIn)]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False)
    | st.sampled_from([HASH, "x" * 5000, "", "sha256"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["items", "type", "value", "origin", "url", "entries", "signals", HASH]),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(JSON, st.sampled_from(FORMS))
def test_what_is_wrong_is_said_without_what_was_sent(value: object, form: TypeAdapter[object]):
    try:
        form.validate_json(json.dumps(value))
    except ValidationError as error:
        faults = faults_of(error.errors(include_url=False, include_input=False))
        text = bytes(invalid(faults).said.response("id").body).decode()
        assert faults
        assert HASH not in text
        assert "x" * 100 not in text


def test_pointers_lead_to_what_is_wrong():
    try:
        FORMS[0].validate_json('{"items": [[{"type": "sha256"}]]}')
    except ValidationError as error:
        (fault,) = faults_of(error.errors())
    assert fault == Fault("/items/0/0/value", "Field required")


def test_many_faults_are_cut_short():
    assert len(invalid([Fault("/a", "b")] * 100).said.faults) == 20


def test_names_are_distinct():
    assert len(set(NAMES.values())) == len(NAMES)
