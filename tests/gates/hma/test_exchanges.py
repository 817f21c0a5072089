from __future__ import annotations

import pytest
from tests.gates.hma.conftest import Site


@pytest.mark.parametrize(
    ("method", "path", "status", "told"),
    [
        ("GET", "/c/exchanges/apis", 200, []),
        ("GET", "/c/exchanges", 200, []),
        ("POST", "/c/exchanges", 400, None),
        ("GET", "/c/exchanges/api/ncmec", 400, None),
        ("POST", "/c/exchanges/api/ncmec", 400, None),
        ("GET", "/c/exchanges/api/ncmec/schema", 404, None),
        ("GET", "/c/exchange/X", 404, None),
        ("PUT", "/c/exchange/X", 404, None),
        ("DELETE", "/c/exchange/X", 200, {"message": "Exchange deleted"}),
        ("GET", "/c/exchange/X/status", 404, None),
    ],
)
def test_that_there_are_none_is_said(site: Site, method: str, path: str, status: int, told: object):
    answer = site.send(method, path, json={"bank": "X", "api": "ncmec"})
    assert answer.status_code == status
    if told is None:
        assert "no exchange is offered here" in answer.json()["message"]
    else:
        assert answer.json() == told
