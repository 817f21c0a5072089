"""What is kept but must not be readable at rest: AES-256-GCM over compressed blocks.

A sealed block is ``nonce (12 bytes) || ciphertext || tag`` (NIST SP 800-38D). The place where a
block stands is authenticated with it, so that blocks cannot be exchanged unnoticed.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tidebreak.errors import Damaged

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class Vault:
    """Encrypts and decrypts blocks with one key (32 bytes)."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._cipher: AESGCM | None = None

    def seal(self, place: str, content: bytes) -> bytes:
        """Return ``content`` encrypted for ``place``, a name that is unique in the store."""
        nonce = os.urandom(_NONCE)
        return nonce + self._aes().encrypt(nonce, content, place.encode())

    def open(self, place: str, sealed: bytes) -> bytes:
        """Return what was sealed for ``place``; raise `Damaged` when it is anything else."""
        from cryptography.exceptions import InvalidTag

        try:
            return self._aes().decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode())
        except (InvalidTag, ValueError):
            raise Damaged(
                f"The vault block {place} is not what was written; restore the store."
            ) from None

    def _aes(self) -> AESGCM:
        # Imported on first use: most commands never open the vault.
        if self._cipher is None:
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM

            self._cipher = AESGCM(self._key)
        return self._cipher
