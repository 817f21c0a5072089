from __future__ import annotations

from tidebreak.installation import Tidebreak
from tidebreak.matching.stating import stated
from tidebreak.model import Level, ListKind


def test_a_match_says_what_the_list_says_of_its_entry(installation: Tidebreak):
    file = installation.home / "list.csv"
    file.write_text("id,md5,category\nA-1," + "1" * 32 + ",2\n")
    installation.import_list(file, name="L", kind=ListKind.WATCH, owner="Owner", scheme="scheme")
    record = installation.catalogue.entries([1])[1]
    match = stated(record, Level.LEAD, "vpdq", "why")
    assert (match.list, match.owner, match.kind, match.entry) == (
        "L",
        "Owner",
        ListKind.WATCH,
        "A-1",
    )
    assert (match.level, match.signal, match.reason) == (Level.LEAD, "vpdq", "why")
    assert (match.classification, match.scheme, match.disputed) == ("2", "scheme", False)
    assert match.number == 1
