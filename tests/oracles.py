"""Other people's implementations, and what their tests are made of.

Tests that need what a machine lacks are skipped there. In CI everything is there, and a skipped
test is a failed one.
"""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20


def librhash():
    """Return the Python face of librhash, which is a system library (Debian: librhash0)."""
    try:
        import rhash
    except (ImportError, OSError):
        pytest.skip("needs the system library librhash", allow_module_level=True)
    return rhash


def kubo_bytes(size: int, seed: str) -> bytes:
    """The pseudo-random bytes of kubo's tests: ChaCha20 under the SHA-256 of the seed."""
    return kubo_stream(seed).update(bytes(size))


def kubo_stream(seed: str):
    """What turns zero bytes into those of `kubo_bytes`, piece by piece."""
    key = hashlib.sha256(seed.encode()).digest()
    return Cipher(ChaCha20(key, bytes(16)), None).encryptor()
