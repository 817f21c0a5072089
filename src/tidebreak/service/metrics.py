"""What Prometheus sees: counts and times by route, verdicts by level, and the state of things.

No label has a value that a caller chooses: route templates, statuses, levels, actions, names of
lists' kinds and of gates are all there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from tidebreak.screens import Screened
from tidebreak.service.envelope import Done
from tidebreak.service.history import History

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)

Gauge = tuple[str, str, float]
"""A name, what it means, its value."""

Outcome = tuple[str, str, int]
"""The name of a gate, an outcome, how many."""


class Metrics:
    """All metrics of one service; ``gauges`` are asked whenever somebody looks."""

    def __init__(self) -> None:
        self.history = History()
        self._registry = CollectorRegistry(auto_describe=True)
        self._requests = Counter(
            "tidebreak_requests", "Requests answered.", ("route", "method", "status"),
            registry=self._registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "tidebreak_request_seconds", "Time of an answer.", ("route",), buckets=_SECONDS,
            registry=self._registry,
        )  # fmt: skip
        self._screened = Counter(
            "tidebreak_screened", "Screenings by what came of them.",
            ("level", "state", "action", "surface", "retroactive"), registry=self._registry,
        )  # fmt: skip
        self._alarms = Counter(
            "tidebreak_alarms", "Alarms raised.", ("kind",), registry=self._registry
        )
        self.gauges: list[Callable[[], Iterator[Gauge]]] = []
        self.gates: Callable[[], Iterator[Outcome]] = lambda: iter(())
        self.warned: Callable[[], Mapping[str, int]] = dict
        """HMA's warnings, by a fixed few kinds."""
        self._registry.register(_Gauges(self))

    def request(self, done: Done) -> None:
        """Count one request."""
        self._requests.labels(done.route, done.method, str(done.status)).inc()
        self._seconds.labels(done.route).observe(done.seconds)
        self.history.request(done.route, done.status, done.seconds)

    def screened(self, screened: Screened, earlier: str = "") -> None:
        """Count one answer (a listener of the screener)."""
        self.history.screened(screened)
        self._screened.labels(
            screened.level.value,
            screened.state.value,
            screened.decision.action.value,
            screened.origin.surface.value,
            "true" if earlier else "false",
        ).inc()

    def alarm(self, kind: str) -> None:
        """Count one alarm of a ``kind`` out of a fixed few."""
        self._alarms.labels(kind).inc()

    def text(self) -> bytes:
        """Return everything in the text form of Prometheus."""
        return generate_latest(self._registry)


class _Gauges(Collector):
    """Asks for what is so now."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        for ask in self._metrics.gauges:
            for name, meaning, value in ask():
                yield GaugeMetricFamily(f"tidebreak_{name}", meaning, value)
        gates = CounterMetricFamily(
            "tidebreak_gate", "Contents at gates, by what came of them.", labels=("gate", "outcome")
        )
        for gate, outcome, count in self._metrics.gates():
            gates.add_metric((gate, outcome), count)
        yield gates
        warned = CounterMetricFamily(
            "tidebreak_hma_warnings", "Warnings to clients of HMA.", labels=("kind",)
        )
        for kind, count in self._metrics.warned().items():
            warned.add_metric((kind,), count)
        yield warned
