"""How much of a known picture may be cut off for it still to be found: a choice at enrolment."""

from __future__ import annotations

from enum import StrEnum


class Reach(StrEnum):
    """How much of a known picture may be cut off: how many of its parts are stored.

    They are those of `tidebreak.hashing.regions`.
    """

    FEW = "few"
    STANDARD = "standard"
    MANY = "many"
