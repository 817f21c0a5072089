from __future__ import annotations

from collections.abc import Sequence

from tidebreak.asking import Answer, Asker
from tidebreak.model import Signal


class _Nobody:
    def ask(self, items: Sequence[Sequence[Signal]]) -> list[Answer]:
        return [Answer(False, "1") for _ in items]


def test_whoever_has_the_method_can_be_asked():
    asker: Asker = _Nobody()
    assert asker.ask([[], []]) == [Answer(False, "1")] * 2
