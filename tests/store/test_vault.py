from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tidebreak.errors import Damaged
from tidebreak.store.vault import Vault

KEY = bytes(range(32))


def test_what_was_sealed_opens_at_its_place():
    vault = Vault(KEY)
    assert vault.open("here", vault.seal("here", b"content")) == b"content"


def test_the_form_is_nonce_and_aes_gcm():
    sealed = Vault(KEY).seal("here", b"content")
    assert AESGCM(KEY).decrypt(sealed[:12], sealed[12:], b"here") == b"content"


def test_equal_contents_are_sealed_differently():
    vault = Vault(KEY)
    assert vault.seal("here", b"content") != vault.seal("here", b"content")


@pytest.mark.parametrize("place", range(0, 12 + 7 + 16, 5))
def test_a_flipped_bit_shows(place: int):
    sealed = bytearray(Vault(KEY).seal("here", b"content"))
    sealed[place] ^= 1
    with pytest.raises(Damaged):
        Vault(KEY).open("here", bytes(sealed))


def test_another_place_key_or_length_does_not_open():
    sealed = Vault(KEY).seal("here", b"content")
    for vault, place, content in (
        (Vault(KEY), "there", sealed),
        (Vault(bytes(32)), "here", sealed),
        (Vault(KEY), "here", sealed[:10]),
        (Vault(KEY), "here", b""),
    ):
        with pytest.raises(Damaged):
            vault.open(place, content)
