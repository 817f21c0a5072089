"""What leaves the site, to whom, and in plain words what that gives away."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Self

from tidebreak.errors import UsageError
from tidebreak.model import Examination, Signal
from tidebreak.signals import SIGNAL_TYPES, SignalKind, find_signal_type

USUAL = ("sha256", "sha1", "md5")
"""What nearly every list holds at least one of."""

_NEAR = "pdq"


@dataclass(frozen=True, slots=True)
class Terms:
    """Whom a site asks (``server``, a name without a path) and what it shows.

    ``types`` are the exact signals that are asked for; with ``near`` PDQ is sent, too. ``sealed``:
    what is asked for is blinded, and the server sees only what is known.
    """

    server: str
    types: tuple[str, ...] = USUAL
    near: bool = False
    sealed: bool = False

    @classmethod
    def of(cls, server: str, types: Sequence[str], *, near: bool, sealed: bool) -> Self:
        """Return the terms that a user named; raises `UsageError` for what makes no sense."""
        if near and sealed:
            raise UsageError(
                "Near hashes cannot be asked for sealed: they are compared by distance; choose"
                " --near or --sealed."
            )
        found = [find_signal_type(name) for name in types]
        exact = [kind.name for kind in found if kind and kind.kind is SignalKind.EXACT]
        if not exact or len(exact) != len(found):
            known = ", ".join(n for n, kind in SIGNAL_TYPES.items() if kind.kind == "exact")
            raise UsageError(f"Name exact signal types, separated by commas; there are: {known}.")
        return cls(server, tuple(dict.fromkeys(exact)), near, sealed)

    def signals_of(self, found: Examination) -> tuple[Signal, ...]:
        """Return what of ``found`` is asked for."""
        wanted = {*self.types, _NEAR} if self.near else set(self.types)
        return tuple(signal for signal in found.signals if signal.type.name in wanted)

    @property
    def in_words(self) -> list[str]:
        """What the server learns and what is not recognised this way, a sentence each."""
        named = ", ".join(self.types)
        if self.sealed:
            return [
                f"{self.server} learns who asks, when and how many; of the identifiers ({named})"
                " only those that are on its lists.",
                "Of its lists this site learns which of its own files are on them, and no more.",
                _ONLY_EXACT,
            ]
        words = [
            f"{self.server} learns the identifiers ({named}) of every file that is scanned, whether"
            " it is known or not: whoever has such a file can tell that it is here.",
        ]
        if not self.near:
            return [*words, _ONLY_EXACT]
        return [
            *words,
            "It learns the PDQ of every picture, too: from that a picture can be guessed roughly,"
            " and those that look alike are told.",
            "Pictures are compared as a whole and upright; videos by their identifiers alone.",
        ]

    def as_text(self) -> str:
        """Return the terms as JSON, by which a later run knows them again."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Return the terms that `as_text` wrote."""
        values = json.loads(text)
        return cls(**values | {"types": tuple(values["types"])})


_ONLY_EXACT = "Copies that were changed in any way are not recognised."
