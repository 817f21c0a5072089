"""Writes small databases in the MaxMind DB format 2.0 (maxmind.github.io/MaxMind-DB), for tests."""

from __future__ import annotations

import ipaddress
from pathlib import Path

_TEXT, _MAP, _LIST, _TRUTH = 2, 7, 11, 14
_NUMBERS = {"node_count": (6, 4), "build_epoch": (9, 8), "autonomous_system_number": (6, 4)}
"""Type and bytes of numbers by name; all others are (5, 2)."""


def write(path: Path, networks: dict[str, dict], version: int = 6) -> Path:
    """Write what is known of ``networks`` to ``path``; IPv4 stands at ::/96, as is usual."""
    nodes: list[list[int | bytes | None]] = [[None, None]]
    data = b""
    for text, record in networks.items():
        net = ipaddress.ip_network(text)
        shift = 96 if version == 6 and net.version == 4 else 0
        width = 128 if version == 6 else 32
        bits = f"{int(net.network_address):0{width}b}"[: net.prefixlen + shift]
        at = 0
        for bit in bits[:-1]:
            if nodes[at][int(bit)] is None:
                nodes.append([None, None])
                nodes[at][int(bit)] = len(nodes) - 1
            at = nodes[at][int(bit)]
        nodes[at][int(bits[-1])] = len(data).to_bytes(4)
        data += encoded(record)
    tree = b"".join(_pointer(side, len(nodes)) for node in nodes for side in node)
    about = {
        "node_count": len(nodes), "build_epoch": 1, "record_size": 32, "ip_version": version,
        "database_type": "Test", "languages": ["en"], "binary_format_major_version": 2,
        "binary_format_minor_version": 0, "description": {"en": "test"},
    }  # fmt: skip
    path.write_bytes(tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + encoded(about))
    return path


def _pointer(side: int | bytes | None, nodes: int) -> bytes:
    if isinstance(side, bytes):
        return (nodes + 16 + int.from_bytes(side)).to_bytes(4)
    return (nodes if side is None else side).to_bytes(4)


def encoded(value: object, name: str = "") -> bytes:
    """Return a value of the data section."""
    if isinstance(value, bool):
        return _control(_TRUTH, int(value))
    if isinstance(value, int):
        kind, size = _NUMBERS.get(name, (5, 2))
        return _control(kind, size) + value.to_bytes(size)
    if isinstance(value, str):
        text = value.encode()
        return _control(_TEXT, len(text)) + text
    if isinstance(value, list):
        return _control(_LIST, len(value)) + b"".join(map(encoded, value))
    assert isinstance(value, dict)
    items = b"".join(encoded(key) + encoded(item, key) for key, item in value.items())
    return _control(_MAP, len(value)) + items


def _control(kind: int, size: int) -> bytes:
    assert size < 29
    return bytes([kind << 5 | size]) if kind < 8 else bytes([size, kind - 7])
