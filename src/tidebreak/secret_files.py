"""Files that hold a secret: a key, a token, a password. Only their owner may read them.

The one way in which they are written and read, so that none is ever read by a path on which
nobody looked whether others may, too.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from tidebreak import files
from tidebreak.errors import NotInstalled, TidebreakError

KEY = 32
"""Bytes of every key."""


def write_new(path: Path, text: str) -> None:
    """Write ``text`` to a new file below a folder that is made if need be.

    Raises `FileExistsError` where there is one, since overwriting a key loses all that depends
    on it, and `OSError`.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    files.write_new(path, text.encode())


def read(path: Path, name: str, remedy: str, error: type[TidebreakError] = NotInstalled) -> str:
    """Return the text in ``path``; what is in it is in no error.

    Raises ``error`` where it is missing or cannot be read, with the ``remedy`` for that, and
    where others may read it; ``name`` is what it is called there, as "key file".
    """
    try:
        with path.open(encoding="utf-8") as file:
            mode, text = os.fstat(file.fileno()).st_mode, file.read()
    except FileNotFoundError:
        raise error(f"The {name} {path} is missing; {remedy}.") from None
    except (OSError, UnicodeDecodeError) as why:
        raise error(f"The {name} {path} cannot be read ({type(why).__name__}); {remedy}.") from None
    if stat.S_IMODE(mode) & 0o077:
        raise error(f"Others may read the {name} {path}; run: chmod 600 {path}")
    return text


def make_key(path: Path, header: str) -> bytes:
    """Draw a key, write it to a new file and return it; raises as `write_new`."""
    key = os.urandom(KEY)
    write_new(path, key_text(header, key))
    return key


def key_text(header: str, key: bytes) -> str:
    """Return the content of a key's file; the ``header`` says what the key is of."""
    return f"{header}{key.hex()}\n"


def read_key(path: Path, header: str, of: str, remedy: str) -> bytes:
    """Return the key in ``path``; raise `NotInstalled` where it is unusable or another's."""
    text = read(path, "key file", remedy)
    try:
        key = bytes.fromhex(text.removeprefix(header))
    except ValueError:
        key = b""
    if not text.startswith(header) or len(key) != KEY:
        raise NotInstalled(f"{path} is not the key of {of}; name the right file or restore it.")
    return key
