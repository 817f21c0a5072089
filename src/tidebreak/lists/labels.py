"""What classification codes of known schemes mean for matching. Version 1.

Codes are stored verbatim and this table is the only interpretation. A code that is not here
stays unknown: it neither clears an entry nor raises it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import repeat

from tidebreak.model import HashList

VERSION = 1

_VICS = "vics-"
_NON_PERTINENT = "0"

NON_PERTINENT = "classified as non-pertinent by its owner"


def no_hits(hash_list: HashList, schemes: Sequence[str], codes: Sequence[str]) -> list[int]:
    """Return the rows that must never be hits, by their owner's own word.

    VICS category 0 means non-pertinent; absent, null, 5 and unknown codes mean nothing
    (investigator formats, VICS hazard 1).
    """
    if not hash_list.kind.hits or _NON_PERTINENT not in codes:
        return []
    return [
        row
        for row, (scheme, code) in enumerate(zip(schemes or repeat(""), codes, strict=False))
        if code == _NON_PERTINENT and (scheme or hash_list.scheme).startswith(_VICS)
    ]
