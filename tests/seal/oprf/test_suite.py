from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.seal.oprf import ristretto_twin as twin

from tidebreak.errors import UsageError
from tidebreak.seal.oprf.suite import ORDER, Mode, Suite, expand, framed, public_key

RFC = json.loads(Path(__file__).with_name("rfc9497.json").read_text())


@pytest.mark.parametrize("vectors", RFC["modes"], ids=lambda v: f"mode {v['mode']}")
def test_keys_are_derived_as_the_rfc_says(vectors: dict[str, str]):
    key = Suite(Mode(vectors["mode"])).derive_key(
        bytes.fromhex(RFC["seed"]), bytes.fromhex(RFC["info"])
    )
    assert key.hex() == vectors["secret"]
    if vectors["public"]:
        assert public_key(key).hex() == vectors["public"]


def test_modes_hash_to_unrelated_elements_and_scalars():
    one, other = Suite(Mode.BASE), Suite(Mode.VERIFIABLE)
    assert one.hash_to_group(b"x") != other.hash_to_group(b"x")
    assert one.hash_to_scalar(b"x") != other.hash_to_scalar(b"x")


def test_what_is_hashed_is_an_element_and_a_scalar():
    suite = Suite(Mode.VERIFIABLE)
    assert twin.decode(suite.hash_to_group(b"x")) is not None
    assert int.from_bytes(suite.hash_to_scalar(b"x"), "little") < ORDER == twin.ORDER


def test_expanding_is_that_of_rfc_9380():
    # SHA-512 has no vectors of this length there; two halves of a domain must not run together.
    assert len(expand(b"", b"domain")) == 64
    assert expand(b"a", b"domain") != expand(b"", b"adomain")


def test_parts_of_a_transcript_are_told_apart():
    assert framed(b"ab", b"c") == b"\0\2ab\0\1c" != framed(b"a", b"bc")
    with pytest.raises(UsageError, match="longer than"):
        framed(bytes(65_536))
