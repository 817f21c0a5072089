from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from tidebreak.model import Level, State
from tidebreak.screens import Action, Decision, Origin, Screened
from tidebreak.service.envelope import Done
from tidebreak.service.metrics import Metrics


def value(metrics: Metrics, name: str, **labels: str) -> float:
    for family in text_string_to_metric_families(metrics.text().decode()):
        for sample in family.samples:
            if sample.name == name and labels.items() <= sample.labels.items():
                return sample.value
    return -1.0


def test_requests_by_route_and_status():
    metrics = Metrics()
    for seconds in (0.004, 0.3):
        metrics.request(Done("/v1/match", "POST", 200, seconds))
    labels = {"route": "/v1/match", "method": "POST", "status": "200"}
    assert value(metrics, "tidebreak_requests_total", **labels) == 2
    bucket = "tidebreak_request_seconds_bucket"
    assert value(metrics, bucket, route="/v1/match", le="0.005") == 1
    assert value(metrics, bucket, route="/v1/match", le="+Inf") == 2
    assert metrics.history.slots()[-1].rate > 0


def test_screenings_by_what_came_of_them_and_not_by_whom():
    metrics = Metrics()
    screened = Screened(
        "id", "at", Origin(item="my item", client="somebody"), State.MATCHED, Level.NEAR,
        Decision(Action.REVIEW, "rule 1", "why"), (), "1.1",
    )  # fmt: skip
    metrics.screened(screened)
    metrics.screened(screened, "an earlier one")
    for retroactive in ("false", "true"):
        labels = {"level": "near", "action": "review", "retroactive": retroactive}
        assert value(metrics, "tidebreak_screened_total", **labels) == 1
    text = metrics.text().decode()
    assert "somebody" not in text
    assert "my item" not in text
    assert "rule 1" not in text


def test_gauges_are_asked_when_somebody_looks():
    metrics, now = Metrics(), [1.0]
    metrics.gauges.append(lambda: iter([("depth", "How deep.", now[0])]))
    assert value(metrics, "tidebreak_depth") == 1
    now[0] = 5.0
    assert value(metrics, "tidebreak_depth") == 5
    metrics.alarm("flood")
    assert value(metrics, "tidebreak_alarms_total", kind="flood") == 1


def test_gates_count_what_came_of_contents():
    metrics = Metrics()
    metrics.gates = lambda: iter([("clamd", "refuse", 3), ("proxy", "let_through", 2)])
    assert value(metrics, "tidebreak_gate_total", gate="clamd", outcome="refuse") == 3
    assert value(metrics, "tidebreak_gate_total", gate="proxy", outcome="let_through") == 2


def test_warnings_of_hma_by_kind():
    metrics = Metrics()
    metrics.warned = lambda: {"stale": 2, "failed": 0}
    assert value(metrics, "tidebreak_hma_warnings_total", kind="stale") == 2
    assert value(metrics, "tidebreak_hma_warnings_total", kind="failed") == 0
