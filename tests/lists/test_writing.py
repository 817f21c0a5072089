from __future__ import annotations

import hashlib

import pytest

from tidebreak.lists.blocks import signal_blocks
from tidebreak.lists.labels import NON_PERTINENT
from tidebreak.lists.writing import NOT_COMPARABLE

SHA1 = hashlib.sha1(b"harmless").hexdigest()


@pytest.mark.parametrize(
    "key", [SHA1, SHA1.upper(), f"urn:sha1:{SHA1}", f"{SHA1}.jpg", f"a/{SHA1[:32]}/b", f"x{SHA1}"]
)
def test_an_id_with_a_digest_in_it_stands_nowhere_in_the_clear(
    imported, database, lists_file, catalogue, key
):
    imported(f"id,sha1\n{key},{SHA1}\n")
    assert catalogue.entries([1])[1].key == "#1"
    assert catalogue.withdraw("list", key, "why") == 1
    database.tidy()
    content = lists_file.read_bytes()
    assert SHA1[:32].encode() not in content
    assert SHA1[:32].upper().encode() not in content


@pytest.mark.parametrize(
    "key", ["A-1", "0f8fad5b-d9cb-469f-a165-70867728950e", "CASE 2026 / 12345"]
)
def test_other_ids_stay_readable(imported, catalogue, key):
    imported(f"id,sha1\n{key},{SHA1}\n")
    assert catalogue.entries([1])[1].key == key


def test_every_signal_is_written_with_the_reason_why_it_is_not_compared(imported, database):
    imported(f"id,sha1,sha512,pdq,scheme,classification\nA,{SHA1},{'ab' * 64},,vics-us-2.0,0\n"
             f"B,{SHA1},,{'1' * 64},vics-us-2.0,1\n"
             f"C,,{'cd' * 64},,vics-us-2.0,1\n")  # fmt: skip
    found = {(b.type, b.unmatched, tuple(b.entries.tolist())) for b in signal_blocks(database)}
    assert found == {
        ("sha1", NON_PERTINENT, (1,)),
        ("sha1", "", (2,)),
        ("sha512", NON_PERTINENT, (1,)),
        ("sha512", NOT_COMPARABLE, (3,)),
        ("pdq", "", (2,)),
    }


def test_numbers_go_on_where_the_last_import_ended(imported, database):
    imported(f"sha1\n{SHA1}\n", name="one")
    imported(f"sha1\n{SHA1}\n{SHA1}\n", name="two")
    assert database.meta("next_entry") == 4
