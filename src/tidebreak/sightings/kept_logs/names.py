"""Client ids and addresses: as bytes that are compared, and as people read them."""

from __future__ import annotations

import hashlib
import ipaddress
from urllib.parse import quote_from_bytes

import numpy as np
from numpy.typing import NDArray

from tidebreak.hashing.arrays import Bytes
from tidebreak.sightings.records import Network
from tidebreak.sightings.text_kernels import pack
from tidebreak.sightings.texts import Texts

CLIENT_SPACE, ADDRESS_SPACE = "sight-client", "sight-addr"
"""Spaces of digests (`tidebreak.hashing.seals.Sealer.digest_many`)."""

_MAPPED = bytes(10) + b"\xff\xff"
_KEY = 40
"""Bytes of a client's key: its length, up to 38 bytes of it, its network."""
_LONG = 255


def client_keys(clients: Texts, networks: NDArray[np.uint8]) -> Bytes:
    """Return what is equal for equal clients of equal networks, (N, 40) uint8.

    An id of more than 38 bytes is replaced by its SHA-256.
    """
    keys = np.zeros((len(clients), _KEY), np.uint8)
    keys[:, :-1] = pack(clients, _KEY - 1)
    for row in np.flatnonzero(clients.lengths > _KEY - 2).tolist():
        digest = hashlib.sha256(clients[row]).digest()
        keys[row, : 1 + len(digest)] = np.frombuffer(bytes([_LONG]) + digest, np.uint8)
    keys[:, -1] = networks
    return keys


def client_text(network: int, value: bytes) -> str:
    """Return a client id as its network writes it, "" for none.

    Hashes of eDonkey users and GUIDs of Gnutella are hexadecimal; whatever is not plain text,
    such as most of a BitTorrent peer id, is percent-encoded, and so is ``#``, which begins a
    remark where client ids are listed to be excluded.
    """
    if len(value) == 16 and network in (Network.EDONKEY, Network.GNUTELLA):
        return value.hex()
    return quote_from_bytes(value, safe="!$&'()*+,/:;=?@[] ~-._")


def pack_address(text: str) -> bytes:
    """Return an IP address in 16 bytes (IPv4 mapped, RFC 4291 2.5.5.2); raises ``ValueError``."""
    address = ipaddress.ip_address(text)
    return address.packed if address.version == 6 else _MAPPED + address.packed


def address_text(value: bytes) -> str:
    """Return 16 bytes as an IP address, "" for none."""
    if not value:
        return ""
    if value.startswith(_MAPPED):
        return str(ipaddress.IPv4Address(value[12:]))
    return str(ipaddress.IPv6Address(value))
