"""Whatever the description allows, and what it does not, is asked: no answer is a failure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.service.service_helper import Running, running, signal

from tidebreak.installation import Tidebreak

EXAMPLES = 3
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance,
    response_schema_conformance,
]  # fmt: skip


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service with something in it, so that not everything is missing."""
    place = tmp_path_factory.mktemp("schema")
    with Tidebreak.create(place / "home", place / "key") as made, running(made) as service:
        service.send("POST", "/v1/lists", json={"name": "a"})
        service.send("POST", "/v1/lists/a/entries", json={"entries": [{"signals": [signal(1)]}]})
        service.send("POST", "/v1/screen", content=b"harmless 1")
        yield service


def sent(service: Running, case: Case) -> httpx.Response:
    asked = case.as_transport_kwargs(base_url="http://service")
    asked.pop("cookies", None)
    made = requests.Request(**asked).prepare()
    assert made.url is not None
    headers = {name: value for name, value in made.headers.items()
               if name.lower() not in ("authorization", "content-length")}  # fmt: skip
    body = made.body.encode() if isinstance(made.body, str) else made.body
    url = made.url.removeprefix("http://service")
    answer = service.send(case.method, url, headers=headers, content=body)
    answer.request = httpx.Request(case.method, made.url)
    return answer


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode), ids=str)
def test_no_answer_is_a_failure_and_all_are_as_described(service: Running, mode: GenerationMode):
    schema = schemathesis.openapi.from_dict(service.send("GET", "/v1/openapi.json").json())
    asked = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(max_examples=EXAMPLES, derandomize=True, deadline=None, database=None,
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Case) -> None:
            nonlocal asked
            asked += 1
            case.validate_response(sent(service, case), checks=CHECKS)

        with suppress(Unsatisfiable):  # nothing about it can be wrong
            ask()
    assert asked > 60
