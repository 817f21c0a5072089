from __future__ import annotations

import pytest

from tidebreak.lists.labels import no_hits
from tidebreak.model import HashList, ListKind

CODES = ["0", "1", "5", "", "x", "0"]


@pytest.mark.parametrize(
    ("kind", "scheme", "schemes", "rows"),
    [
        (ListKind.CONTRABAND, "", ["vics-us-2.0"] * 6, [0, 5]),
        (ListKind.WATCH, "vics-uk-2.0", [], [0, 5]),
        (ListKind.CONTRABAND, "vics-us-2.0", ["", "", "", "", "", "other"], [0]),
        (ListKind.CONTRABAND, "", [], []),
        (ListKind.CONTRABAND, "iwf", [], []),
        (ListKind.ALLOW, "vics-us-2.0", [], []),
        (ListKind.IGNORABLE, "vics-us-2.0", [], []),
    ],
)
def test_only_vics_zero_on_a_list_of_hits_is_silent(kind, scheme, schemes, rows):
    assert no_hits(HashList(1, "list", kind, scheme=scheme), schemes, CODES) == rows
