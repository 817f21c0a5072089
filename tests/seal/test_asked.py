from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import pytest
from tests.seal.sealed_helper import digest, signal_of

from tidebreak.asking import Answer
from tidebreak.errors import CannotAsk
from tidebreak.links import lines as line_module
from tidebreak.model import Signal
from tidebreak.seal import asked as module
from tidebreak.seal.asked import ask_lines


def text(*lines: str) -> BytesIO:
    return BytesIO("\n".join(lines).encode())


class Lists:
    """Knows the numbers that it is given; MD5 alone is not certain."""

    def __init__(self, *numbers: int) -> None:
        kinds = ("sha256", "md5")
        self.known = {signal_of(n, kind).value: kind for n in numbers for kind in kinds}
        self.asked: list[int] = []

    def ask(self, items: Sequence[Sequence[Signal]]) -> list[Answer]:
        self.asked.append(len(items))
        found = [{self.known[s.value] for s in item if s.value in self.known} for item in items]
        return [Answer(bool(one), "v", not one or "sha256" in one) for one in found]


def test_signals_links_and_bare_values_in_order():
    lines = [
        f"sha256:{digest(1)}",
        "",
        f"magnet:?xt=urn:sha256:{digest(2)}&dn=name",
        f"md5:{digest(1, 'md5')}",
        f"sha256:{digest(9)}\n",
    ]
    results = list(ask_lines(text(*lines), Lists(1)))
    assert [r.line for r in results] == [1, 3, 4, 5]
    answers = [r.answer for r in results]
    assert answers == [Answer(True, "v"), Answer(False, "v"), Answer(True, "v", False),
                       Answer(False, "v")]  # fmt: skip


@pytest.mark.parametrize("line", ["rubbish", f"sha256:{digest(1)[:-1]}", f"pdq:{digest(1)}",
                                  f"http://x.example/{digest(1)}"])  # fmt: skip
def test_a_line_that_cannot_be_asked_has_a_reason_and_is_not_repeated(line: str):
    (result,) = ask_lines(text(line), Lists(1))
    assert result.answer is None
    assert result.reason
    assert digest(1)[:20] not in result.reason


def test_a_line_too_long_is_a_result_and_the_next_is_asked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(line_module, "LONGEST_LINE", 80)
    long, short = ask_lines(text("x" * 1000, f"sha256:{digest(1)}"), Lists(1))
    assert (long.line, long.answer) == (1, None)
    assert "more than 80 bytes" in long.reason
    assert (short.line, short.answer) == (2, Answer(True, "v"))


def test_no_is_no_answer_for_a_line_that_was_not_fully_read():
    link = "magnet:?xt=urn:sha256:{}&xt=urn:md5:rubbish"
    known, unknown = ask_lines(text(link.format(digest(1)), link.format(digest(2))), Lists(1))
    assert (known.answer, known.reason) == (Answer(True, "v"), "")
    assert unknown.answer is None
    assert unknown.reason


def test_asking_goes_in_batches(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "_LINES", 10)
    lists = Lists(3)
    results = list(ask_lines(text(*(f"sha256:{digest(n)}" for n in range(25))), lists))
    assert lists.asked == [10, 10, 5]
    assert [r.line for r in results if r.answer and r.answer.known] == [4]


def test_no_answer_is_an_error():
    class Nobody:
        def ask(self, items: Sequence[Sequence[Signal]]) -> list[Answer]:
            raise CannotAsk("down")

    with pytest.raises(CannotAsk):
        list(ask_lines(text(f"sha256:{digest(1)}"), Nobody()))
