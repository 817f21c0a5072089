from __future__ import annotations

import gc
import json

import pytest
from tests.backends import BOTH

from tidebreak.errors import BadList
from tidebreak.store.vault import Vault

BACKENDS = BOTH


def test_an_import_is_noted_with_its_file_and_its_result(imported, database, digest):
    imported(f"{digest('md5', 1)}\n{digest('md5', 2)}\n", known_good_statement="seen")
    (row,) = database.rows("SELECT actor, format, file_name, statement, result FROM import")
    assert row[:4] == ("tester", "lines", "list.txt", "seen")
    assert json.loads(row[4])["added"] == 2


def test_what_a_file_says_of_itself_is_kept_encrypted(imported, database, keys, digest):
    model = "https://example.org/DataModels/2.0.xml/US/$metadata#Media"
    record = {"MediaID": 1, "MD5": digest("md5", 1), "Category": 1}
    imported(json.dumps({"@odata.context": model, "value": [record]}))
    ((number, about),) = database.rows("SELECT id, about FROM import")
    assert model.encode() not in about
    assert json.loads(Vault(keys.vault_key).open(f"import:{number}", about))["model"] == model


def test_progress_is_told_to_the_end(imported, digest):
    told = []
    text = "".join(f"{digest('md5', n)}\n" for n in range(100))
    imported(text, progress=lambda *args: told.append(args))
    assert told[-1] == (len(text), len(text), 100)


def test_a_file_without_an_entry_withdraws_nothing(imported, catalogue, digest):
    imported(digest("md5", 1))
    for text in ("# nothing\n", "md5:d41d8cd98f00b204e9800998ecf8427e\n"):
        with pytest.raises(BadList, match="holds no entry"):
            imported(text, format="lines")
    assert catalogue.get("list").entries == 1


def test_what_a_person_said_holds_for_every_successor(imported, catalogue, digest):
    first, second = digest("md5", 1), digest("md5", 2)
    imported(f"id,md5,classification\nA,{first},x\nB,{second},x\n")
    catalogue.withdraw("list", "A", "wrong")
    catalogue.dispute("list", "B", "doubtful")
    for code in "yz":
        imported(f"id,md5,classification\nA,{first},{code}\nB,{second},{code}\n")
    found = catalogue.entries([5, 6])
    assert [(r.key, r.withdrawn, r.disputed) for r in found.values()] == [
        ("A", True, False), ("B", False, True),
    ]  # fmt: skip


@pytest.mark.parametrize("good", [True, False])
def test_the_collector_is_on_again_afterwards(imported, digest, good: bool):
    if good:
        imported(digest("md5", 1))
    else:
        with pytest.raises(BadList):
            imported("nonsense\n", format="lines")
    assert gc.isenabled()
