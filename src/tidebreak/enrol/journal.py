"""What an enrolment has done so far, so that it can be killed at any moment and go on.

A file of records, each sealed by the vault: it holds paths and digests. The first says what is
being enrolled; a journal of anything else is begun anew. A record that is cut off is taken away:
its file is hashed again.
"""

from __future__ import annotations

import fcntl
import json
import os
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tidebreak.enrol.items import Item, Outcome
from tidebreak.errors import Busy, Damaged, UsageError
from tidebreak.lists.pack_entries import PackEntry, from_json, to_json
from tidebreak.model import Signal
from tidebreak.store.vault import Vault

_LENGTH = struct.Struct("<I")


class Journal:
    """The journal at ``path`` of the enrolment that ``context`` describes."""

    def __init__(
        self, path: Path, vault: Vault, context: Mapping[str, object], codes: frozenset[int]
    ) -> None:
        """Raises `Busy` while another process works on the same enrolment."""
        self.path = path
        self._vault, self._codes = vault, codes
        self._count = 0
        self.done: set[str] = set()
        """Which files need not be hashed again, by what `add` was told."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise UsageError(f"{path} cannot be written ({error.strerror}); make room.") from None
        self._file = os.fdopen(handle, "r+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise Busy("This enrolment is under way in another process; wait for it.") from None
        self._resume(json.dumps(context, sort_keys=True))

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, file: str, items: Sequence[Item]) -> None:
        """Keep what became of one file with all its members."""
        record = {"file": file, "items": [_to_record(item) for item in items]}
        self._append(json.dumps(record))
        self.done.add(file)

    def items(self) -> Iterator[Item]:
        """Yield everything that was kept, in the order in which it came."""
        records = self._records()
        next(records, None)
        for record, _ in records:
            for item in record["items"]:
                yield _from_record(item, self._codes)

    def entries(self) -> Iterator[PackEntry]:
        """Yield the entries among the items."""
        return (item.entry for item in self.items() if item.entry is not None)

    def remove(self) -> None:
        """Forget the enrolment: it is finished."""
        self.path.unlink(missing_ok=True)

    def _resume(self, context: str) -> None:
        """Read what there is, and cut off what is not whole or of another enrolment."""
        end = count = 0
        done: set[str] = set()
        for record, after in self._records():
            if count == 0 and record != json.loads(context):
                break
            if count:
                done.add(record["file"])
            count, end = count + 1, after
        self._file.truncate(end)
        self._file.seek(end)
        self._count, self.done = count, done
        if not count:
            self._append(context)

    def _records(self) -> Iterator[tuple[Any, int]]:
        """Yield each whole record, and where it ends."""
        with self.path.open("rb") as file:
            count = 0
            while len(head := file.read(_LENGTH.size)) == _LENGTH.size:
                sealed = file.read(_LENGTH.unpack(head)[0])
                try:
                    content = self._vault.open(f"enrolment:{count}", sealed)
                except Damaged:
                    return
                yield json.loads(content), file.tell()
                count += 1

    def _append(self, content: str) -> None:
        sealed = self._vault.seal(f"enrolment:{self._count}", content.encode())
        self._file.write(_LENGTH.pack(len(sealed)) + sealed)
        self._file.flush()
        self._count += 1


def _to_record(item: Item) -> dict[str, object]:
    return {
        "path": item.path,
        "member": item.member,
        "outcome": item.outcome.value,
        "reason": item.reason,
        "entry": None if item.entry is None else to_json(item.entry),
        "kept": [(signal.type.name, signal.text) for signal in item.entry.kept]
        if item.entry
        else [],
    }


def _from_record(record: Any, codes: frozenset[int]) -> Item:
    entry = None
    if record["entry"] is not None:
        kept = tuple(Signal.parse(name, text) for name, text in record["kept"])
        entry = replace(from_json(json.loads(record["entry"]), codes), kept=kept)
    return Item(
        record["path"], record["member"], Outcome(record["outcome"]), record["reason"], entry
    )
