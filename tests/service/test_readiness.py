from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
from tests.service.service_helper import Running

from tidebreak.errors import TidebreakError
from tidebreak.service.readiness import checks, gauges, status_of


def failing(service: Running) -> dict[str, str]:
    return {check.name: check.why for check in checks(service.parts) if not check.good}


def test_each_thing_that_can_fail_fails_its_own_check(
    service: Running, monkeypatch: pytest.MonkeyPatch
):
    assert failing(service) == {}
    state = service.screener.state
    for change, name in (
        ({"reasons": ("x",)}, "screening"), ({"version": ""}, "lists"),
        ({"lists_age": 31.0}, "freshness"), ({"workers": 0}, "workers"),
    ):  # fmt: skip
        service.screener.state = replace(state, **change)  # type: ignore[arg-type]
        assert list(failing(service)) == [name]
    service.screener.state = state
    service.parts.gatekeeper.trouble = "x"
    assert list(failing(service)) == ["access"]
    service.parts.gatekeeper.trouble = ""
    usage = shutil.disk_usage(service.parts.opened.home)
    with monkeypatch.context() as full:
        full.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
        assert list(failing(service)) == ["disk"]

    def broken() -> None:
        raise TidebreakError("x")

    monkeypatch.setattr(service.parts.once, "touch", broken)
    assert list(failing(service)) == ["store"]


def test_the_store_is_really_written(service: Running):
    db = service.parts.once._db
    assert db.row("SELECT count(*) FROM beat") == (0,)
    checks(service.parts)
    assert db.row("SELECT count(*) FROM beat") == (1,)


def test_gauges_and_status_agree(shared: Running):
    found = {name: value for name, _, value in gauges(shared.parts)}
    status = status_of(shared.parts)
    assert found["ready"] == status["ready"] == 1.0
    assert found["entries"] == status["lists"]["entries"]
    assert found["sandbox_level"] == status["workers"]["sandbox"]
    assert status["uptime_seconds"] >= 0
