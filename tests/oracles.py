"""Other people's implementations that a machine may lack; tests that need them are skipped there.

In CI everything is there, and a skipped test is a failed one.
"""

from __future__ import annotations

import pytest


def librhash():
    """Return the Python face of librhash, which is a system library (Debian: librhash0)."""
    try:
        import rhash
    except (ImportError, OSError):
        pytest.skip("needs the system library librhash", allow_module_level=True)
    return rhash
