from __future__ import annotations

from collections.abc import Sequence

import pytest

from tidebreak.asking import Answer, Asker, answer_of
from tidebreak.model import Signal


class _Nobody:
    def ask(self, items: Sequence[Sequence[Signal]]) -> list[Answer]:
        return [Answer(False, "1") for _ in items]


def test_whoever_has_the_method_can_be_asked():
    asker: Asker = _Nobody()
    assert asker.ask([[], []]) == [Answer(False, "1")] * 2


@pytest.mark.parametrize(
    ("found", "known", "certain"),
    [
        ([], False, True),
        ([("md5", False)], True, False),
        ([("md5", False), ("md5", False)], True, False),
        ([("md5", False), ("md4", False)], True, True),
        ([("md5", False), ("sha2", True)], True, True),
    ],
)
def test_certain_is_what_decides_or_two_that_agree(
    found: list[tuple[str, bool]], known: bool, certain: bool
):
    assert answer_of(found, "7") == Answer(known, "7", certain)
