from __future__ import annotations

from collections.abc import Sequence

from tidebreak.asking import Answer
from tidebreak.model import Level, Signal, Verdict
from tidebreak.remote.judges import Matched, Sealed

SHA = Signal.parse("sha256", "ab" * 32)


def test_a_services_verdicts_are_taken_as_they_are():
    class Service:
        def match(self, items: Sequence[Sequence[Signal]]) -> tuple[list[Verdict], str]:
            return [Verdict(Level.NEAR), Verdict()], "v3"

    first, second = Matched(Service()).judge([[SHA], [SHA]])
    assert (first.verdict.level, first.version, second.verdict.level) == ("near", "v3", "none")


def test_sealed_answers_are_levels_without_an_entry():
    class Server:
        def ask(self, items: Sequence[Sequence[Signal]]) -> list[Answer]:
            return [Answer(True, "v", True), Answer(True, "v", False), Answer(False, "v")]

    judged = Sealed(Server()).judge([[SHA]] * 3)
    assert [one.verdict.level for one in judged] == [Level.EXACT, Level.EXACT_WEAK, Level.NONE]
    assert not any(one.verdict.matches for one in judged)
    assert [bool(one.note) for one in judged] == [True, True, False]
