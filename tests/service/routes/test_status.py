from __future__ import annotations

from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.service.service_helper import Running

from tidebreak.access.roles import Role
from tidebreak.service.forms.service import HealthForm, HistoryForm, ReadyForm, StatusForm


def test_alive_and_ready(shared: Running):
    HealthForm.model_validate_json(shared.send("GET", "/healthz", key="").content)
    answer = shared.send("GET", "/readyz", key="")
    assert answer.status_code == 200
    form = ReadyForm.model_validate_json(answer.content)
    assert form.status == "ready"
    assert set(form.checks) == {"audit heads", "flood counts",
        "screening", "lists", "freshness", "workers", "policy", "access", "store", "disk",
    }  # fmt: skip


def test_not_ready_is_said_and_why_is_for_those_who_may_know(service: Running):
    state = service.screener.state
    service.screener.state = replace(state, reasons=("No list is enabled.",), lists_age=100.0)
    answer = service.send("GET", "/readyz", key="")
    assert answer.status_code == 503
    checks = answer.json()["checks"]
    assert [name for name, good in checks.items() if not good] == ["screening", "freshness"]
    assert "enabled" not in answer.text
    assert service.send("GET", "/healthz", key="").status_code == 200
    form = StatusForm.model_validate_json(service.send("GET", "/v1/status").content)
    assert not form.ready
    assert "No list is enabled." in [check.why for check in form.checks]


def test_the_status_says_what_is_in_force(shared: Running):
    form = StatusForm.model_validate_json(shared.send("GET", "/v1/status").content)
    assert (form.lists.version, form.lists.entries) == ("7.1", 10)
    assert (form.workers.most, form.workers.sandbox) == (2, 3)
    assert form.policy is not None
    assert form.policy.version
    assert form.policy.trouble == ""
    assert not form.fetching


@pytest.mark.parametrize("narrow", [{}, {"lists": frozenset({"mine"})}])
def test_whoever_screens_is_told_nothing_of_others(shared: Running, narrow: dict[str, object]):
    key = shared.key(Role.PLATFORM, **narrow)
    answer = shared.send("GET", "/v1/status", key=key)
    form = StatusForm.model_validate_json(answer.content)
    assert form.ready
    for word in ("floods", "waiting", "gates", "policy", "in_flight"):
        assert f'"{word}"' not in answer.text or word == "policy"  # a check is called so
    assert form.policy is form.review is form.gates is None
    assert (form.lists.entries is None) == bool(narrow)
    shared.parts.metrics.history.request("/v1/match", 200, 0.004)
    for role, told in ((Role.PLATFORM, False), (Role.ANALYST, not narrow)):
        answer = shared.send("GET", "/v1/status/history", key=shared.key(role, **narrow))
        assert bool(answer.json()["slots"]) == told


def test_metrics_can_be_read_and_name_nobody(shared: Running):
    shared.send("POST", "/v1/screen?item=my-own-name", content=b"harmless 1")
    answer = shared.send("GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = {one.name: one for one in text_string_to_metric_families(answer.text)}
    for name in ("requests", "request_seconds", "screened", "queue_depth", "in_flight_bytes",
                 "workers", "sandbox_level", "lists_age_seconds", "webhooks_waiting"):  # fmt: skip
        assert f"tidebreak_{name}" in families
    labels = {
        value for one in families.values() for s in one.samples for value in s.labels.values()
    }
    assert not {"my-own-name", "all"} & labels
    assert "/v1/screen" in labels


def test_the_last_hour(shared: Running):
    shared.send("GET", "/v1/policy")
    form = HistoryForm.model_validate_json(shared.send("GET", "/v1/status/history").content)
    assert form.slots
    assert form.slots[-1].rate > 0
