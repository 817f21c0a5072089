"""What a decision costs: the default policy, one core.

Run ``python benchmarks/policy.py`` or ``--quick``. The bound is what any policy must do: take the
case and make a decision, looking at nothing in between. In turns, CPU time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tidebreak.model import Level, ListKind, Match, State, Verdict
from tidebreak.policy.case import Case
from tidebreak.policy.dry_run import Past, dry_run
from tidebreak.policy.flood_store import FloodStore
from tidebreak.policy.floods import FloodWatch
from tidebreak.policy.reading import default_text, read
from tidebreak.screens import Action, Decision, Origin, Part, Screened
from tidebreak.store.stores import Stores

RESULTS = Path(__file__).with_name("results") / "policy.json"
POLICY = read(default_text())
KNOWN = Match(
    "hotline", "owner", ListKind.CONTRABAND, "#1", "A1", "", Level.EXACT, "sha256", 0.0, number=1
)


def case(*found: Match) -> Case:
    level = min((match.level for match in found), key=lambda one: one.rank, default=Level.NONE)
    state = State.MATCHED if found else State.CLEAR
    part = Part("", 1, "image/jpeg", state, Verdict(level, found))
    return Case((part,), state, Origin(jurisdiction="DE"), id="01K")


CASES = {
    "clear": case(),
    "one exact match": case(KNOWN),
    "100 matches": case(
        *(replace(KNOWN, level=Level.NEAR, number=n, distance=9.0) for n in range(100))
    ),
}


def bound(one: Case) -> Decision:
    made = Case(one.parts, one.state, one.origin, id=one.id)
    return Decision(Action.ALLOW, "rule", "why", "basis", made.id)


def microseconds(work: Callable[[], object], times: int) -> float:
    start = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - start) / times * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer turns")
    turns, times = (3, 2000) if parser.parse_args().quick else (9, 10_000)
    report: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder:
        store = FloodStore(Stores(Path(folder)).open("floods", "tidebreak.policy"))
        floods = FloodWatch(store)
        limits = replace(POLICY.flood, count=10**9)
        policy = replace(POLICY, flood=limits)
        for name, one in CASES.items():
            count = max(100, times // (1 + len(one.parts[0].verdict.matches)))
            ways: dict[str, Callable[[], object]] = {
                "bound": lambda one=one: bound(one),
                "decided": lambda one=one: policy.decide(one),
                "with floods": lambda one=one: policy.decide(one, floods),
            }
            took: dict[str, list[float]] = {way: [] for way in ways}
            for _ in range(turns):
                for way, work in ways.items():
                    took[way].append(microseconds(work, count))
            report[name] = {
                way: round(statistics.median(each), 2) for way, each in took.items()
            } | {"most": round(max(took["with floods"]), 2)}
        store.close()
    report["dry run, screenings per second"] = round(dry_runs(times * 2))
    print(json.dumps(report, indent=1))
    RESULTS.write_text(json.dumps(report, indent=1) + "\n")


def dry_runs(count: int) -> float:
    one = CASES["one exact match"]
    decision = POLICY.decide(one)
    past = [
        Past(
            Screened(
                f"{n:026}", f"{n:09}", one.origin, one.state, Level.EXACT, decision, one.parts, "v"
            )
        )
        for n in range(count)
    ]
    start = time.process_time()
    dry_run(POLICY, past)
    return count / (time.process_time() - start)


if __name__ == "__main__":
    main()
