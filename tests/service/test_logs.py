from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from tests.service.service_helper import digest

from tidebreak.service import logs


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield root
    root.handlers[:], root.level = handlers, level


def test_a_line_is_one_object(capsys: pytest.CaptureFixture[str]):
    logs.line("start", sandbox=4, software="1\n2")
    (text,) = capsys.readouterr().err.splitlines()
    found = json.loads(text)
    assert (found["event"], found["sandbox"], found["software"]) == ("start", 4, "1\n2")
    assert found["at"].endswith("+00:00")


def test_a_failure_says_where_and_not_with_what(capsys: pytest.CaptureFixture[str]):
    try:
        raise ValueError(digest(1))
    except ValueError as error:
        logs.unforeseen(error, "an-id")
        logs.unforeseen(error, "an-id", 404)  # the caller's own doing
    (text,) = capsys.readouterr().err.splitlines()
    found = json.loads(text)
    assert (found["kind"], found["request"]) == ("ValueError", "an-id")
    assert found["where"].startswith("test_logs:")
    assert digest(1) not in text


def test_what_libraries_say_is_a_line_without_values(
    root: logging.Logger, capsys: pytest.CaptureFixture[str]
):
    logs.take_over()
    logging.getLogger("some.library").warning("cannot take %s", digest(1))
    logging.getLogger("some.library").warning(f"cannot take {digest(2)}")
    logging.getLogger("some.library").info("all is well")
    err = capsys.readouterr().err
    first, second = map(json.loads, err.splitlines())
    assert first["message"] == "cannot take %s"
    assert second["message"] == ""
    assert digest(1) not in err
    assert digest(2) not in err
