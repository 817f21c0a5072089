"""Contents of banks: entries of lists, with what HMA says of them. Blocking: call it in a thread.

A disabled content is a withdrawn entry: it counts nowhere, not only where HMA is asked. A deleted
one is withdrawn, too, and shown no more; it is never erased.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tidebreak.gates.hma.banks import Bank
from tidebreak.gates.hma.hma_types import HMA_TYPES
from tidebreak.gates.hma.kept import ENABLED, About, ContentRow, Kept
from tidebreak.lists.catalogue import EntryRecord
from tidebreak.model import Entry, HashList, Signal
from tidebreak.web.requests import Refused

if TYPE_CHECKING:
    from tidebreak.installation import Tidebreak

FURTHEST_SECONDS = 5 * 365 * 86_400
"""How far off the end of a disabling may be."""

_KEY = "hma-"
_HIGHEST = (1 << 63) - 1

_DISABLED = "disabled through the HMA interface"
_ENABLED = "enabled through the HMA interface"
_DELETED = "deleted through the HMA interface"


@dataclass(frozen=True, slots=True)
class Content:
    """An entry as HMA sees it; its number is its id in all banks."""

    bank: Bank
    record: EntryRecord
    row: ContentRow

    @property
    def added_here(self) -> bool:
        """Whether it came in through this interface, and so from its own clients."""
        return self.record.key.startswith(_KEY)


class Contents:
    """The contents of the banks of one installation."""

    def __init__(self, opened: Tidebreak, kept: Kept) -> None:
        self._opened, self._kept = opened, kept
        self._sizes: tuple[str, dict[tuple[str, str], int]] = ("", {})

    def add(self, actor: str, bank: Bank, signals: Sequence[Signal], size: int | None,
            about: About) -> int:  # fmt: skip
        """Add a content with ``signals``; return its number. Raises `UsageError`.

        As in HMA, every addition makes a content of its own, also of what is there already.
        """
        entry = Entry(0, tuple(signals), key=_KEY + secrets.token_hex(8), size=size)
        [number] = self._opened.catalogue_as(actor).editor.add(bank.list.name, [entry])
        if about != About():
            self._kept.put_content(ContentRow(number, bank.list.id, about=about))
        return number

    def get(self, bank: Bank, number: int) -> Content:
        """Return a content of this very bank; raise `Refused` (404) when it has none such."""
        if number > _HIGHEST:
            raise Refused(404, "content not found")
        record = self._opened.catalogue.entries([number]).get(number)
        row = self._kept.content(number) or ContentRow(number, bank.list.id)
        if record is None or record.list.id != bank.list.id or row.deleted:
            raise Refused(404, "content not found")
        if record.withdrawn and not row.withdrawn:  # by its list's owner, or a newer version
            raise Refused(404, "content not found")
        return Content(bank, record, row)

    def signals(self, actor: str, content: Content) -> dict[str, str]:
        """Return the near signals of a content by HMA's name; audited.

        Exact ones are addresses of the content on some network: they stay sealed.
        """
        signals = self._opened.catalogue_as(actor).editor.signals_of(
            content.bank.list.name, content.record.number
        )
        return {
            kind.name: signal.text
            for signal in signals
            for kind in HMA_TYPES.values()
            if kind.near and kind.type is signal.type
        }

    def put(self, actor: str, content: Content, until: int | None, note: str | None) -> Content:
        """Disable or enable a content, and change its note; None leaves either as it is."""
        row = content.row
        if note is not None:
            row = replace(row, about=replace(row.about, note=note))
        if until is None:
            self._kept.put_content(row)
        elif counts(until, time.time()):
            row = replace(row, disable_until=until, withdrawn=False, signals=())
            self._restore(actor, content.bank.list.name, content.record)
            self._kept.put_content(row)
        else:
            row = self._disabled(actor, content, replace(row, disable_until=until))
        return replace(content, row=row)

    def delete(self, actor: str, bank: Bank, number: int) -> int:
        """Withdraw a content for good; return how many contents that were, 0 or 1."""
        try:
            content = self.get(bank, number)
        except Refused:
            return 0
        editor = self._opened.catalogue_as(actor).editor
        editor.withdraw(bank.list.name, [number], _DELETED)
        self._kept.put_content(replace(content.row, deleted=True, signals=()))
        return 1

    def enable_due(self, actor: str, banks: Sequence[Bank]) -> int:
        """Enable what was disabled until now; return how many contents that were."""
        lists = {bank.list.id: bank.list.name for bank in banks}
        due = [row for row in self._kept.due(int(time.time())) if row.list_id in lists]
        records = self._opened.catalogue.entries([row.number for row in due])
        for row in due:
            if row.number in records:
                self._restore(actor, lists[row.list_id], records[row.number])
            self._kept.put_content(replace(row, withdrawn=False, signals=()))
        return len(due)

    def sizes(self, lists: Sequence[HashList], names: Sequence[str]) -> dict[str, int]:
        """Return how many values on ``lists`` are compared, by HMA's ``names`` of their types."""
        label = self._opened.catalogue.label
        if self._sizes[0] != label:
            self._sizes = label, {}
        known = self._sizes[1]
        for item in lists:
            if (item.name, "") not in known:
                known[item.name, ""] = 0
                for part in self._opened.catalogue.coverage(item.name).types:
                    known[item.name, part.type] = part.matchable
        return {
            name: sum(known.get((item.name, HMA_TYPES[name].type.name), 0) for item in lists)
            for name in names
        }

    def _disabled(self, actor: str, content: Content, row: ContentRow) -> ContentRow:
        """Withdraw the entry. The row comes first: if only that is done, asking again mends it."""
        editor, name = self._opened.catalogue_as(actor).editor, content.bank.list.name
        signals = row.signals or editor.signals_of(name, row.number)
        row = replace(row, withdrawn=True, signals=signals)
        self._kept.put_content(row)
        if not content.record.withdrawn:
            editor.withdraw(name, [row.number], _DISABLED)
        return row

    def _restore(self, actor: str, list_name: str, record: EntryRecord) -> None:
        if not record.withdrawn:
            return
        editor = self._opened.catalogue_as(actor).editor
        editor.restore(list_name, [record.number], _ENABLED)
        if record.disputed:  # what restoring takes away, too
            editor.dispute(list_name, [record.number], _ENABLED)


def counts(disable_until: int, now: float) -> bool:
    """Whether a content with this ``disable_until_ts`` matches at ``now``, in Unix seconds."""
    return disable_until == ENABLED or 1 < disable_until <= now
