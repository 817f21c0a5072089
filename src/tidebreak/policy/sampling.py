"""Which decisions people check, so that errors are found where nobody looks for them.

The draw depends on the case's id alone: asking again gives the same answer, and a decision can be
repeated from its record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from tidebreak.policy.case import Case, Fact
from tidebreak.policy.rules import Place, Sample

_WEIGHT = 3.0
"""How much more often, beyond once, what is most likely an error is drawn."""


def drawn(sample: Sample, facts: Sequence[Fact], place: Place, case: Case) -> bool:
    """Whether ``sample`` draws this case: by the likeliest error among the facts it speaks of."""
    if not sample.when.at(place):
        return False
    doubts = [fact.doubt for fact in facts if sample.when.of(fact)]
    return bool(doubts) and lot(sample.name, case) < sample.rate * (1 + _WEIGHT * max(doubts))


def lot(name: str, case: Case) -> float:
    """Return the number in [0, 1) that is drawn for a case in the sample called ``name``."""
    # Its length first, or two pairs of name and id would be one text.
    text = f"{len(name)}:{name}{case.id or case.origin.item}"
    digest = hashlib.blake2b(text.encode(), digest_size=7, person=b"tb-sample").digest()
    return int.from_bytes(digest) / (1 << 56)
