"""Records that a format reads one by one, to the tables that all formats give."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Dict
from dataclasses import dataclass

import numpy as np

from tidebreak.sightings.formats import AT_ONCE, Table
from tidebreak.sightings.texts import Texts


@dataclass(frozen=True, slots=True)
class Record:
    """One sighting as texts by column; ``further``: beside another one by the same row."""

    values: Dict[str, bytes]
    further: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is no sighting, and why."""

    reason: str


def tabulate(records: Iterable[Record | Refused], names: Sequence[str]) -> Iterator[Table]:
    """Yield tables with the columns ``names``; what a record does not say is empty."""
    rest = iter(records)
    while taken := list(itertools.islice(rest, AT_ONCE)):
        good = [item for item in taken if isinstance(item, Record)]
        rejects = Counter(item.reason for item in taken if isinstance(item, Refused))
        further = np.fromiter((item.further for item in good), np.bool_, len(good))
        yield Table(
            {name: Texts.of([item.values.get(name, b"") for item in good]) for name in names},
            len(good) - int(further.sum()) + rejects.total(),
            rejects,
            further if further.any() else None,
        )
