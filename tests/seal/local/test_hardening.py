from __future__ import annotations

import hashlib

import numpy as np
import pytest
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from tidebreak.errors import UsageError
from tidebreak.seal.local.hardening import Cost, Hardener

KEY, SALT = bytes(range(32)), bytes(range(16))


def test_a_digest_is_scrypt_of_a_keyed_digest():
    """By another implementation of RFC 7914, over the standard library's BLAKE2b."""
    hardener = Hardener(KEY, SALT, Cost(steps=3, memory=4))
    seal = hardener.seal("sha1", b"x" * 20)
    digest = hashlib.blake2b(b"x" * 20, digest_size=16, key=KEY, person=b"tb:sha1").digest()
    assert seal == digest
    for step in range(3):
        salt = SALT + step.to_bytes(2)
        made = Scrypt(salt=salt, length=16, n=16, r=8, p=1).derive(digest)
        assert hardener.at(seal, step) == tuple(np.frombuffer(made, "<u8").tolist())
    assert hardener.everywhere(seal).tolist() == [list(hardener.at(seal, s)) for s in range(3)]


def test_keys_salts_spaces_values_and_steps_all_count():
    cost = Cost(steps=2, memory=1)
    made = [
        Hardener(key, salt, cost).at(Hardener(key, salt, cost).seal(space, value), step)
        for key in (KEY, bytes(32)) for salt in (SALT, bytes(16)) for space in ("md5", "ed2k")
        for value in (b"a" * 16, b"b" * 16) for step in (0, 1)
    ]  # fmt: skip
    assert len({one for pair in made for one in pair}) == 64


@pytest.mark.parametrize("wrong", [(0, 10), (4097, 10), (8, 0), (8, 18)])
def test_costs_have_bounds(wrong):
    with pytest.raises(UsageError, match="1 to 4096"):
        Cost(*wrong)


def test_the_dearest_digest_can_be_made():
    assert Hardener(KEY, SALT, Cost(1, 14)).at(bytes(16), 0) != (0, 0)


def test_the_key_is_not_shown():
    assert "hidden" in repr(Hardener(KEY, SALT, Cost()))
    assert KEY.hex() not in repr(Hardener(KEY, SALT, Cost()))
