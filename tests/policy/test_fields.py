from __future__ import annotations

import pytest

from tidebreak.policy.fields import BadPolicy, Fields
from tidebreak.policy.lines import Lines
from tidebreak.screens import Action


def fields(**values: object) -> Fields:
    return Fields(values, "p", Lines(""), "", "here")


def test_values_are_taken_out_one_by_one():
    item = fields(a=" text ", b=True, c=2, d="allow", e=["allow", "block"], f="one", g={"x": 1})
    assert item.text("a") == "text"
    assert item.truth("b") is True
    assert item.whole("c", 1, 0, 9) == 2
    assert item.word("d", Action) is Action.ALLOW
    assert item.words("e", Action) == {Action.ALLOW, Action.BLOCK}
    assert item.texts("f", str.upper) == {"ONE"}
    assert item.table("g", "g", "g").names == ["x"]
    item.finish()


def test_what_is_missing_has_a_default():
    item = fields()
    assert (item.text("a"), item.truth("a"), item.word("a", Action)) == ("", None, None)
    assert item.number("a", 1.5, 0, 2) == 1.5
    assert item.texts("a") == frozenset()
    assert item.tables("a") == []


@pytest.mark.parametrize("value", [True, "1", [1], float("nan"), float("inf"), 10, -1])
def test_numbers_are_numbers_within_limits(value: object):
    with pytest.raises(BadPolicy, match="p, here, a: write a number"):
        fields(a=value).number("a", 0, 0, 9)


def test_what_nobody_asks_for_is_an_error():
    with pytest.raises(BadPolicy, match="p, here, a: there is no such setting; there are b, c"):
        fields(a=1).finish("b", "c")
