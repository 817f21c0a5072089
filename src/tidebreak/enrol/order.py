"""What is to be enrolled, from what, and how: the choices of whoever asks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tidebreak.model import ListKind
from tidebreak.reach import Reach


class Ids(StrEnum):
    """What entries are called."""

    SEALED = "sealed"
    """By a keyed digest of the content: the same each time, and it tells nobody else anything."""
    RANDOM = "random"
    """By chance: not even two packs of one installation can be joined."""
    NAMES = "names"
    """By the name of the file, which may say more than is meant."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be enrolled, and where it goes: into a list, a pack, or both.

    ``name`` is the list's, empty for none; entries that are on it stay. ``classes`` is a CSV
    file of classifications by folder (`Labels`). ``licence`` and ``note`` stand in the pack.
    """

    paths: tuple[Path, ...]
    name: str = ""
    kind: ListKind = ListKind.CONTRABAND
    owner: str = ""
    legal_basis: str = ""
    scheme: str = ""
    classification: str = ""
    classes: Path | None = None
    pack: Path | None = None
    licence: str = ""
    note: str = ""
    ids: Ids = Ids.SEALED
    reach: Reach = Reach.STANDARD
    exact: bool = False
