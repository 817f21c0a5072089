from __future__ import annotations

import json

import pytest

from tidebreak.errors import BadSignal, Busy, CannotAsk, Damaged, OverLimit, UsageError
from tidebreak.fetching.errors import FetchFailed
from tidebreak.gates.hma.refusals import Invalid, response_to
from tidebreak.screens import Overloaded
from tidebreak.spool import NoRoom, TooLarge
from tidebreak.web.requests import Refused


@pytest.mark.parametrize(
    ("error", "status", "after"),
    [
        (Refused(418, "why", {"Retry-After": "9"}), 418, "9"), (Overloaded(7), 429, "7"),
        (OverLimit("why", 0.2), 429, "1"), (TooLarge("why"), 413, None),
        (UsageError("why"), 400, None), (BadSignal("why"), 400, None),
        (FetchFailed("why"), 400, None), (CannotAsk("why"), 503, "2"),
        (NoRoom("/a/place"), 503, "2"), (Busy("/a/place"), 503, "2"),
        (Damaged("/a/place"), 503, "2"), (ValueError("/a/place"), 500, None),
    ],
)  # fmt: skip
def test_every_error_has_a_status_and_one_sentence(
    error: Exception, status: int, after: str | None
):
    response = response_to(error)
    assert (response.status_code, response.headers.get("retry-after")) == (status, after)
    told = json.loads(bytes(response.body))
    assert told.keys() == {"message"}
    assert "/a/place" not in told["message"]


def test_a_value_that_is_missing_or_wrong_is_a_list_of_faults():
    response = response_to(Invalid("url"))
    assert response.status_code == 422
    assert json.loads(bytes(response.body)) == [
        {"type": "missing", "loc": ["url"], "msg": "Field required"}
    ]
    [fault] = json.loads(bytes(response_to(Invalid("x", "bool_parsing")).body))
    assert fault["type"] == "bool_parsing"
