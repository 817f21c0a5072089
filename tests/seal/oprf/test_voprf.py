from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidebreak.errors import UsageError
from tidebreak.seal.oprf import group, voprf
from tidebreak.seal.oprf.group import elements_of
from tidebreak.seal.oprf.suite import Mode, Suite
from tidebreak.seal.oprf.voprf import Key, blind, finalise, finalise_proven

RFC = json.loads(Path(__file__).with_name("rfc9497.json").read_text())
BATCHES = [(mode, batch) for mode in RFC["modes"] for batch in mode["batches"]]
KEY = Key(Suite(Mode.VERIFIABLE).derive_key(bytes(32), b"test"))
OTHER = Key(Suite(Mode.VERIFIABLE).derive_key(bytes(32), b"other"))


def joined(batch: dict[str, Any], name: str) -> bytes:
    return bytes.fromhex("".join(batch[name]))


@pytest.mark.parametrize("many", [1, 8], ids=["lanes", "libsodium"])
@pytest.mark.parametrize(("vectors", "batch"), BATCHES)
def test_every_vector_of_the_rfc(
    vectors: dict[str, Any], batch: dict[str, Any], many: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(group, "MANY", many)
    mode = Mode(vectors["mode"])
    key = Key(bytes.fromhex(vectors["secret"]), mode)
    inputs = [bytes.fromhex(text) for text in batch["inputs"]]
    blinded = blind(inputs, mode, elements_of(joined(batch, "blinds")))
    assert blinded.elements.tobytes() == joined(batch, "blinded")
    evaluated = key.evaluate(blinded.elements)
    assert evaluated.tobytes() == joined(batch, "evaluated")
    assert b"".join(finalise(blinded, evaluated)) == joined(batch, "outputs")
    assert b"".join(key.output(inputs)) == joined(batch, "outputs")
    if mode is Mode.VERIFIABLE:
        same, proof = key.prove(blinded.elements, bytes.fromhex(batch["random"]))
        assert (same == evaluated).all()
        assert proof.hex() == batch["proof"]
        values = finalise_proven(blinded, evaluated, proof, key.public)
        assert values is not None
        assert b"".join(values) == joined(batch, "outputs")


@settings(max_examples=20, deadline=None)
@given(st.lists(st.binary(max_size=60), min_size=1, max_size=20))
def test_blinding_changes_nothing_and_hides_everything(inputs: list[bytes]):
    one, other = blind(inputs), blind(inputs)
    assert not (one.elements == other.elements).all(axis=1).any()
    evaluated, proof = KEY.prove(one.elements)
    assert finalise_proven(one, evaluated, proof, KEY.public) == KEY.output(inputs)


@pytest.mark.parametrize("count", [2, 12])
def test_a_proof_holds_for_nothing_else(count: int):
    blinded = blind([bytes([n]) for n in range(count)])
    evaluated, proof = KEY.prove(blinded.elements)
    swapped = evaluated[::-1].copy()
    again = KEY.prove(blinded.elements)[1]
    assert finalise_proven(blinded, evaluated, again, KEY.public) is not None
    assert proof != again
    assert finalise_proven(blinded, evaluated, proof, OTHER.public) is None
    assert finalise_proven(blinded, OTHER.evaluate(blinded.elements), proof, KEY.public) is None
    assert finalise_proven(blinded, swapped, proof, KEY.public) is None
    assert finalise_proven(blinded, evaluated[:-1], proof, KEY.public) is None
    assert finalise_proven(blinded, evaluated, proof[:-1], KEY.public) is None
    assert finalise_proven(blinded, evaluated, bytes(64), KEY.public) is None
    assert finalise_proven(blinded, evaluated, b"\xff" * 64, KEY.public) is None


def test_one_element_of_another_key_spoils_the_proof():
    # What a server would do that wants to recognise one user's question later.
    blinded = blind([bytes([n]) for n in range(10)])
    evaluated, _ = KEY.prove(blinded.elements)
    marked = evaluated.copy()
    marked[4] = OTHER.evaluate(blinded.elements)[4]
    weights = voprf._weights(Suite(Mode.VERIFIABLE), KEY.public, blinded.elements, marked)
    assert weights.shape == (10, 32)
    _, proof = KEY.prove(blinded.elements)
    assert finalise_proven(blinded, marked, proof, KEY.public) is None


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 63), st.integers(1, 255))
def test_any_changed_byte_of_a_proof_is_found(place: int, change: int):
    blinded = blind([b"x"])
    evaluated, proof = KEY.prove(blinded.elements)
    changed = bytearray(proof)
    changed[place] ^= change
    assert finalise_proven(blinded, evaluated, bytes(changed), KEY.public) is None


@pytest.mark.parametrize("bad", [bytes(32), b"\xff" * 32])
@pytest.mark.parametrize("count", [1, 9])
def test_elements_that_are_none_are_refused(bad: bytes, count: int):
    blinded = blind([bytes([n]) for n in range(count)])
    elements = blinded.elements.copy()
    elements[-1] = np.frombuffer(bad, np.uint8)
    with pytest.raises(UsageError):
        KEY.prove(elements)
    with pytest.raises(UsageError):
        finalise_proven(blinded, elements, bytes(64), KEY.public)
    with pytest.raises(UsageError):
        finalise(blinded, elements)


def test_neither_key_nor_input_is_shown():
    secret = Suite(Mode.VERIFIABLE).derive_key(bytes(32), b"test")
    assert secret.hex() not in repr(KEY)
    assert "secret input" not in repr(blind([b"secret input"]))
