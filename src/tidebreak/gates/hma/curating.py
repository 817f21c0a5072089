"""Banks made, changed and taken away: lists of the catalogue. Blocking: call it in a thread.

Nothing is erased. A deleted bank is a removed list, whose data stays until an administrator
purges it; its name is free at once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tidebreak.gates.hma.banks import LONGEST_NAME, Bank, Banks, banks_of, is_name
from tidebreak.gates.hma.kept import BankRow, Kept
from tidebreak.gates.hma.options import Options
from tidebreak.model import HashList, ListKind
from tidebreak.web.requests import Refused

if TYPE_CHECKING:
    from tidebreak.installation import Tidebreak

_REASON = "deleted through the HMA interface"
_BAD_NAME = (
    f"A bank's name is 1 to {LONGEST_NAME} upper-case letters, digits and _, not a digit first."
)


class Curator:
    """Curates the lists of one installation."""

    def __init__(self, opened: Tidebreak, kept: Kept, options: Options) -> None:
        self._opened, self._kept, self._options = opened, kept, options

    def banks(self) -> Banks:
        """Return the banks as they are now."""
        return banks_of(self._opened.catalogue.lists(), self._kept.banks(), self._options)

    def bank(self, name: str) -> Bank:
        """Return the bank called ``name``; raise `Refused` (404) when there certainly is none."""
        found = self.banks().by_name.get(name)
        if found is None:
            raise Refused(404, "bank not found")
        return found

    def create(self, actor: str, name: str, ratio: float) -> Bank:
        """Make an empty bank; raise `Refused`."""
        _check(name, ratio)
        if name in self.banks().by_name:
            raise Refused(403, "Bank already exists")
        catalogue = self._opened.catalogue_as(actor)
        names = {item.name for item in catalogue.lists()}
        kind = ListKind(self._options.kinds[0])
        made = catalogue.editor.create(HashList(0, _unused(name, names), kind))
        self._kept.put_bank(BankRow(made.id, name, ratio, made=True))
        return Bank(made, name, ratio, made=True)

    def change(self, actor: str, name: str, new_name: str | None, ratio: float | None) -> Bank:
        """Rename a bank, or set how often it takes part; raise `Refused`."""
        bank = self.bank(name)
        changed = replace(
            bank,
            name=bank.name if new_name is None else new_name,
            ratio=bank.ratio if ratio is None else ratio,
        )
        _check(changed.name, changed.ratio)
        if changed.name != bank.name and changed.name in self.banks().by_name:
            raise Refused(403, "Bank name already exists")
        detail = {"bank": changed.name, "ratio": changed.ratio}
        with self._opened.audit.around("hma.bank", actor, bank.list.name, detail):
            self._kept.put_bank(BankRow(bank.list.id, changed.name, changed.ratio, bank.made))
        return changed

    def delete(self, actor: str, name: str) -> None:
        """Take a bank away: it matches no more, nothing is erased. One that is not there is gone.

        As HMA does, that is no error.
        """
        bank = self.banks().by_name.get(name)
        if bank is not None:
            self.check_own(bank)
            self._opened.catalogue_as(actor).remove(bank.list.name, _REASON)
            self._kept.forget_bank(bank.list.id)

    def check_own(self, bank: Bank) -> None:
        """Raise `Refused` (403) where only its import may change what is on the list.

        What is added to an imported list would be gone with its next version.
        """
        if not (bank.made or self._options.edits_imported):
            raise Refused(
                403, "missing role: that list was imported; change it where it comes from"
            )

    def set_type(self, actor: str, name: str, ratio: float) -> None:
        """Set the ratio of a signal type."""
        with self._opened.audit.around("hma.signal_type", actor, name, {"ratio": ratio}):
            self._kept.put_ratio(name, ratio)


def _check(name: str, ratio: float) -> None:
    if not is_name(name):
        raise Refused(400, _BAD_NAME)
    if not 0 <= ratio <= 1:
        raise Refused(400, "A ratio is from 0 to 1.")


def _unused(name: str, taken: set[str]) -> str:
    """Return a name for a list: ``name``, or where a list that is no bank has it, another."""
    number, free = 2, name
    while free in taken:
        free, number = f"{name} {number}", number + 1
    return free
