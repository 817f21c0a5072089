"""Machines that are not to be ranked: researchers', monitors', the police's own.

An exclusion list is a text file with one per line: an address, a network (``192.0.2.0/24``), or
a client id as it is shown (``client -TR3000-...``); ``#`` begins a comment. It tells who
investigates, so it is kept encrypted. Sightings stay as they are: what is excluded is left out,
and counted, whenever actors are ranked.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import numpy as np

from tidebreak.audit.log import AuditLog
from tidebreak.errors import CannotRead, UsageError
from tidebreak.files import write_new
from tidebreak.hashing.arrays import Bytes
from tidebreak.sightings.kept_logs.names import CLIENT_SPACE, client_keys, pack_address
from tidebreak.sightings.kept_logs.store import Sightings
from tidebreak.sightings.records import Network
from tidebreak.sightings.texts import Mask, Texts

_CLIENT = "client "
_AT_ONCE = 1 << 22
"""Addresses that are decrypted at a time."""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """One list: ``lines`` are what the file said, ``reason`` why they are excluded."""

    reason: str
    added_at: str
    added_by: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Excluded:
    """Which codes are excluded: masks (codes + 1,) bool by code; the first stands for "none"."""

    addresses: Mask
    clients: Mask


def exclude(
    sightings: Sightings, path: Path, reason: str, audit: AuditLog, actor: str
) -> Exclusion:
    """Exclude what the file at ``path`` lists, from now on; raises `UsageError`, `CannotRead`."""
    if not reason.strip():
        raise UsageError("Say why these machines are excluded: --reason TEXT")
    try:
        lines = tuple(_lines(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError):
        raise CannotRead(f"{path} cannot be read as text.") from None
    for number, line in enumerate(lines, 1):
        _check(line, number)
    if not lines:
        raise UsageError(f"{path} lists nothing to exclude.")
    made = Exclusion(reason, datetime.now(UTC).isoformat(timespec="seconds"), actor, lines)
    told = {"reason": reason, "lines": len(lines)}
    with audit.around("sightings.exclude", actor, "sightings", told):
        _write(sightings, made)
    return made


def exclusions(sightings: Sightings) -> list[Exclusion]:
    """Return all exclusion lists in the order in which they came; raises `Damaged`."""
    found: list[Exclusion] = []
    for path in sorted(_folder(sightings).glob("*.sealed")):
        content = sightings.vault.open(f"exclusions:{path.stem}", path.read_bytes())
        given: dict[str, Any] = json.loads(content)
        given["lines"] = tuple(given["lines"])
        found.append(Exclusion(**given))
    return found


def version(sightings: Sightings) -> str:
    """Return a digest of what is excluded; keep it encrypted, since it confirms a guess."""
    lines = sorted({line for item in exclusions(sightings) for line in item.lines})
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def excluded(sightings: Sightings) -> Excluded:
    """Return which clients and addresses of ``sightings`` are excluded."""
    lines = [line for item in exclusions(sightings) for line in item.lines]
    clients = [line.removeprefix(_CLIENT) for line in lines if line.startswith(_CLIENT)]
    nets = [ipaddress.ip_network(line) for line in lines if not line.startswith(_CLIENT)]
    return Excluded(_addresses(sightings, nets), _clients(sightings, clients))


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        said = line.split("#")[0].strip()
        if said:
            yield said


def _check(line: str, number: int) -> None:
    if line.startswith(_CLIENT):
        return
    try:
        ipaddress.ip_network(line)
    except ValueError:
        raise UsageError(
            f"Number {number} of the list is no address, no network such as 192.0.2.0/24, and no"
            " client id (which begins with the word 'client')."
        ) from None


def _write(sightings: Sightings, made: Exclusion) -> None:
    folder = _folder(sightings)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{len(list(folder.glob('*.sealed'))) + 1:04}"
    content = {
        "reason": made.reason, "added_at": made.added_at, "added_by": made.added_by,
        "lines": made.lines,
    }  # fmt: skip
    sealed = sightings.vault.seal(f"exclusions:{name}", json.dumps(content).encode())
    write_new(folder / f"{name}.sealed", sealed)


def _folder(sightings: Sightings) -> Path:
    return sightings.home / "exclusions"


_Net = ipaddress.IPv4Network | ipaddress.IPv6Network


def _addresses(sightings: Sightings, nets: Sequence[_Net]) -> Mask:
    mask = np.zeros(len(sightings.address_names) + 1, np.bool_)
    if not nets:
        return mask
    for first in range(1, len(mask), _AT_ONCE):
        codes = np.arange(first, min(first + _AT_ONCE, len(mask)))
        packed = sightings.packed_addresses(codes)
        for net in nets:
            mask[codes] |= _inside(packed, net)
    return mask


def _inside(packed: Bytes, net: _Net) -> Mask:
    """Return which of the addresses (N, 16) lie in ``net``."""
    whole, rest = divmod(net.prefixlen + (96 if net.version == 4 else 0), 8)
    low = np.frombuffer(pack_address(str(net.network_address)), np.uint8)
    inside: Mask = (packed[:, :whole] == low[:whole]).all(axis=1)
    if rest:
        inside &= (packed[:, whole] ^ low[whole]) >> (8 - rest) == 0
    return inside


def _clients(sightings: Sightings, ids: Sequence[str]) -> Mask:
    names = sightings.client_names
    mask = np.zeros(len(names) + 1, np.bool_)
    if not ids:
        return mask
    wanted = {row.tobytes() for row in _digests(sightings, ids)}
    digests = names.digests
    firsts = np.array([int.from_bytes(item[:8], "little") for item in wanted], np.uint64)
    for row in np.flatnonzero(np.isin(digests.view(np.uint64)[:, 0], firsts)).tolist():
        mask[row + 1] = digests[row].tobytes() in wanted
    return mask


def _digests(sightings: Sightings, ids: Sequence[str]) -> Bytes:
    """Return the digests of client ids on every network, in every way in which they are shown."""
    forms = {unquote_to_bytes(text) for text in ids}
    for text in ids:
        if len(text) == 32:
            try:
                forms.add(bytes.fromhex(text))
            except ValueError:
                continue
    values = Texts.of([form for form in sorted(forms) for _ in Network])
    networks = np.array([network for _ in forms for network in Network], np.uint8)
    return sightings.sealer.digest_many(CLIENT_SPACE, client_keys(values, networks))
