from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidebreak.client.errors import CannotAsk
from tidebreak.client.fields import Fields
from tidebreak.model import Level

SOUND = {"t": "x", "i": 1, "n": 1.5, "b": True, "l": ["a"], "o": {}, "w": "near", "none": None}

READERS: dict[str, Callable[[Fields, str], Any]] = {
    "t": Fields.text, "i": Fields.integer, "n": Fields.number, "b": Fields.truth,
    "l": Fields.texts, "o": Fields.object, "w": lambda fields, name: fields.word(name, Level),
}  # fmt: skip


def test_what_is_there_is_read():
    fields = Fields.of(json.dumps(SOUND).encode())
    assert fields.text("t") == "x"
    assert fields.integer("i") == 1
    assert fields.number("i") == 1.0
    assert fields.truth("b") is True
    assert fields.texts("l") == ("a",)
    assert fields.word("w", Level) is Level.NEAR
    assert fields.has("t")
    assert not fields.has("none")
    assert not fields.has("absent")


@pytest.mark.parametrize("name", READERS)
def test_what_is_missing_or_of_another_type_is_no_answer(name: str):
    for value in ({}, {name: None}, {name: {"t": [], "l": [1], "o": 5}.get(name, "?" * 9)}):
        if name == "t" and value == {"t": "?" * 9}:
            continue
        with pytest.raises(CannotAsk, match=f"'{name}'"):
            READERS[name](Fields(value), name)


@pytest.mark.parametrize("value", [True, False])
def test_true_is_no_number(value: bool):
    for reader in (Fields.integer, Fields.number):
        with pytest.raises(CannotAsk):
            reader(Fields({"x": value}), "x")


@given(st.binary(max_size=200))
def test_no_bytes_but_an_object_are_an_answer(body: bytes):
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    if isinstance(value, dict):
        return
    with pytest.raises(CannotAsk):
        Fields.of(body)


def test_deep_nesting_is_no_answer():
    with pytest.raises(CannotAsk):
        Fields.of(b"[" * 100_000)


def test_values_are_never_repeated():
    with pytest.raises(CannotAsk) as error:
        Fields({"w": "d41d8cd9"}).word("w", Level)
    assert "d41d8cd9" not in str(error.value)
