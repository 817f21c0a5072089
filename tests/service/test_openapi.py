from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.service.service_helper import Running

from tidebreak.service.openapi import describe
from tidebreak.service.routing import Guarded


@pytest.fixture(scope="module")
def described(shared: Running) -> dict[str, Any]:
    return shared.send("GET", "/v1/openapi.json").json()


def walk(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for inner in node.values():
            yield from walk(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from walk(inner)


def test_every_route_is_described_with_its_permission(shared: Running, described: dict[str, Any]):
    for one in shared.app.routes:
        assert isinstance(one, Guarded)
        (method,) = one.methods
        operation = described["paths"][one.path][method.lower()]
        assert operation["x-permission"] == one.rule.needs.value
        assert operation["summary"]
        assert operation["responses"]["429"]["content"]["application/problem+json"]


def test_every_reference_leads_somewhere(described: dict[str, Any]):
    refs = [node["$ref"] for node in walk(described) if isinstance(node.get("$ref"), str)]
    assert len(refs) > 50
    for ref in refs:
        at: Any = described
        for part in ref.removeprefix("#/").split("/"):
            at = at[part]
        assert at


def test_what_handlers_read_themselves_is_described(described: dict[str, Any]):
    body = described["paths"]["/v1/screen"]["post"]["requestBody"]["content"]
    assert set(body) == {"application/octet-stream", "multipart/form-data", "application/json"}
    match = described["components"]["schemas"]["MatchIn"]
    assert match["properties"]["items"]["maxItems"] == 1000
    assert described["openapi"].startswith("3.1")
    assert described["components"]["securitySchemes"]["key"]["scheme"] == "bearer"


def test_it_is_made_once(shared: Running):
    assert describe(shared.app) is describe(shared.app)
