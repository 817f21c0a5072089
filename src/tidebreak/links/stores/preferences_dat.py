"""``preferences.dat``: the lasting identity of an eMule or aMule on its network.

A byte of version and the user hash; eMule adds the place of its window, 44 bytes that begin with
that number. Two bytes of a user hash are always the same on the network, and in the file once it
was saved twice (amule-project/amule, ``src/Preferences.cpp``). It names no content.
"""

from __future__ import annotations

from tidebreak.errors import BadLink
from tidebreak.links.stores.store import ClientStore

_VERSION = 0x14
_PROGRAMS = {17: "aMule", 61: "eMule"}
"""By the size of the file in bytes."""

_MARKS = ((5, 14), (14, 111))
"""The bytes of a user hash that are always the same: where, and what."""


def looks(head: bytes) -> bool:
    """Whether ``head`` is a whole ``preferences.dat``, beyond doubt."""
    if not _shaped(head):
        return False
    return head[17:21] == b"\x2c\0\0\0" or all(head[1 + at] == byte for at, byte in _MARKS)


def read(data: bytes) -> ClientStore:
    """Return whose it is; raises `BadLink` when it cannot be a ``preferences.dat``."""
    if not _shaped(data):
        raise BadLink("This is no preferences.dat of an eMule or aMule; name another file.")
    account = bytearray(data[1:17])
    for at, byte in _MARKS:
        account[at] = byte
    return ClientStore(_PROGRAMS[len(data)], account=bytes(account))


def _shaped(data: bytes) -> bool:
    return len(data) in _PROGRAMS and data[0] == _VERSION
