from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.backends import BOTH

from tidebreak.audit.log import AuditLog
from tidebreak.errors import BadList, Busy, TidebreakError, UsageError
from tidebreak.lists.blocks import kept
from tidebreak.lists.catalogue import Catalogue
from tidebreak.model import ListKind, Thresholds
from tidebreak.store import keys as key_store
from tidebreak.store.database import Database
from tidebreak.store.vault import Vault

BACKENDS = BOTH


@pytest.fixture
def table(digest):
    """A CSV list of numbers; a number may come with another classification."""

    def of(numbers, code="A"):
        rows = (f"n{n},{digest('md5', n)},{digest('sha1', n)},{code},x{n}" for n in numbers)
        return "id,md5,sha1,classification,note\n" + "\n".join(rows) + "\n"

    return of


def test_a_first_import(imported, catalogue, table):
    result = imported(table(range(5)), owner="us", legal_basis="law", scheme="uk")
    assert (result.added, result.updated, result.withdrawn, result.unchanged) == (5, 0, 0, 0)
    [item] = catalogue.lists()
    assert (item.name, item.owner, item.legal_basis, item.scheme) == ("list", "us", "law", "uk")
    assert (item.entries, item.enabled, item.kind) == (5, True, ListKind.CONTRABAND)
    record = catalogue.entries([1, 99])
    assert set(record) == {1}
    assert record[1].key == "n0"
    assert (record[1].classification, record[1].scheme) == ("A", "uk")


def test_a_newer_version_updates_withdraws_and_adds(imported, catalogue, table):
    imported(table(range(10)))
    newer = table(range(2, 6)) + table(range(6, 8), "B").split("\n", 1)[1]
    newer += table(range(20, 23)).split("\n", 1)[1]
    result = imported(newer)
    assert (result.added, result.updated, result.withdrawn, result.unchanged) == (3, 2, 4, 4)
    records = catalogue.entries(range(1, 30))
    live = {record.key: number for number, record in records.items() if not record.withdrawn}
    assert {f"n{n}": n + 1 for n in range(2, 6)}.items() <= live.items()  # numbers stay
    assert set(live) == {f"n{n}" for n in [*range(2, 8), 20, 21, 22]}
    assert min(live[f"n{n}"] for n in (6, 7, 20)) > 10  # and are never used again
    assert catalogue.get("list").entries == 9


def test_the_same_version_again_changes_nothing(imported, table):
    imported(table(range(10)))
    result = imported(table(reversed(range(10))))
    assert (result.added, result.updated, result.withdrawn, result.unchanged) == (0, 0, 0, 10)


def test_withdrawing_most_of_a_large_list_must_be_meant(imported, catalogue, table, audit):
    imported(table(range(1000)))
    with pytest.raises(UsageError, match=r"withdraw 501 of the 1,000 entries.*--shrink"):
        imported(table(range(499)))
    assert catalogue.get("list").entries == 1000
    assert [event.action for event in audit.events()][-1] == "list.import.failed"
    assert imported(table(range(500))).withdrawn == 500  # half may go
    assert imported(table(range(3))).withdrawn == 497  # and most of a small one
    imported(table(range(1000)))
    assert imported(table(range(1000), code="B")).updated == 1000  # updating withdraws nothing
    assert imported(table(range(10)), shrink=True).withdrawn == 990


def test_equal_keys_stay_separate_entries_and_are_counted(imported, catalogue, digest):
    text = f"id,md5\na,{digest('md5', 1)}\na,{digest('md5', 2)}\na,{digest('md5', 2)}\n"
    result = imported(text)
    assert (result.added, result.duplicates) == (3, 2)
    result = imported(text.replace(digest("md5", 1), digest("md5", 3)))
    assert (result.added, result.updated, result.withdrawn, result.unchanged) == (0, 1, 0, 2)
    assert catalogue.withdraw("list", "a", "wrong") == 3


def test_lists_without_ids_go_by_their_signals(imported, digest):
    def lines(numbers):
        return "\n".join(digest("md5", n) for n in numbers)

    imported(lines(range(10)))
    result = imported(lines(range(5, 12)))
    assert (result.added, result.updated, result.withdrawn, result.unchanged) == (2, 0, 5, 5)


VERSIONS = st.lists(
    st.dictionaries(st.integers(0, 6), st.sampled_from("AB"), min_size=1), min_size=1, max_size=5
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(VERSIONS)
def test_any_history_ends_in_the_last_version(tmp_path_factory, digest, versions):
    folder = tmp_path_factory.mktemp("history")
    keys = key_store.create(folder / "key")
    database = Database.create(folder / "tidebreak.db", keys)
    audit = AuditLog(folder / "audit.db")
    catalogue = Catalogue(database, keys, audit)
    before, seen = {}, 0
    for version in versions:
        path = folder / "list.csv"
        rows = "".join(f"n{n},{digest('md5', n)},{code}\n" for n, code in version.items())
        path.write_text("id,md5,classification\n" + rows)
        result = catalogue.import_file(path, name="list", kind=ListKind.WATCH)
        same = version.items() & before.items()
        assert result.unchanged == len(same)
        assert result.updated == len(version.keys() & before.keys()) - len(same)
        assert result.added == len(version.keys() - before.keys())
        assert result.withdrawn == len(before.keys() - version.keys())
        seen += result.added + result.updated
        before = version
    records = catalogue.entries(range(1, seen + 1)).values()
    assert len(records) == seen
    live = {r.key: r.classification for r in records if not r.withdrawn}
    assert live == {f"n{n}": code for n, code in versions[-1].items()}
    assert audit.verify().intact
    database.close()
    audit.close()


def test_withdrawals_and_disputes_count_at_once_and_outlive_newer_versions(
    imported, catalogue, table
):
    imported(table(range(6)))
    assert catalogue.withdraw("list", "n1", "an error") == 1
    assert catalogue.withdraw("list", "#3", "an error") == 1
    assert catalogue.dispute("list", "n4", "seen differently") == 1

    def said():
        records = list(catalogue.entries(range(1, 20)).values())
        return (
            {r.key for r in records if not r.withdrawn},
            {r.key for r in records if r.disputed and not r.withdrawn},
        )

    assert said() == ({"n0", "n3", "n4", "n5"}, {"n4"})
    imported(table(range(6), "B"))
    assert said() == ({"n0", "n3", "n4", "n5"}, {"n4"})
    imported(table(range(7), "B"))
    assert said() == ({"n0", "n3", "n4", "n5", "n6"}, {"n4"})
    assert catalogue.coverage("list").withdrawn == 2


@pytest.mark.parametrize("key", ["n9", "#99", "", "#", "#-1"])
def test_marking_what_is_not_there_is_refused(imported, catalogue, table, key):
    imported(table(range(3)))
    with pytest.raises(UsageError, match="no entry"):
        catalogue.withdraw("list", key, "why")


def test_marks_stay_on_their_own_list(imported, catalogue, table):
    imported(table(range(3)), name="one")
    imported(table(range(3)), name="two")
    catalogue.withdraw("one", "n1", "why")
    gone = [n for n, record in catalogue.entries(range(1, 7)).items() if record.withdrawn]
    assert gone == [2]
    with pytest.raises(UsageError):
        catalogue.withdraw("one", "#5", "of the other list")


def test_switching_and_removing(imported, catalogue, table):
    imported(table(range(3)))
    catalogue.disable("list")
    assert not catalogue.get("list").enabled
    assert not catalogue.entries([1])[1].list.enabled
    catalogue.enable("list")
    assert catalogue.entries([1])[1].list.enabled
    catalogue.remove("list", "the owner asked")
    assert catalogue.lists() == []
    assert not catalogue.entries([1])[1].list.enabled
    with pytest.raises(UsageError, match="none yet"):
        catalogue.get("list")
    assert imported(table(range(2))).added == 2  # the name is free again
    assert catalogue.entries([1])[1].list.enabled is False
    assert catalogue.entries([4])[4].list.enabled is True


def test_purging_erases_only_what_was_removed(imported, catalogue, database, table):
    imported(table(range(3)), name="kept")
    imported(table(range(3)), name="gone")
    with pytest.raises(UsageError, match="remove it before"):
        catalogue.purge("gone", "why")
    catalogue.remove("gone", "why")
    assert catalogue.purge("gone", "why") == 3
    assert set(catalogue.entries(range(1, 10))) == {1, 2, 3}
    counts = [database.row(f"SELECT count(*) FROM {t}_block")[0] for t in ("vault", "digest")]
    assert counts == [1, 1]
    assert database.row("SELECT count(*) FROM signal_block")[0] == 2
    assert imported(table(range(2)), name="new").added == 2
    assert set(catalogue.entries(range(1, 10))) == {1, 2, 3, 7, 8}


def test_another_kind_under_one_name_is_refused(imported, table):
    imported(table(range(3)))
    with pytest.raises(UsageError, match="another name"):
        imported(table(range(3)), kind=ListKind.ALLOW)


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 201, "\udcff", "a\x1b[0m"])
def test_odd_names_are_refused(imported, table, name):
    with pytest.raises(UsageError, match="name"):
        imported(table(range(3)), name=name)


def test_thresholds_are_checked_and_kept(imported, catalogue, table):
    imported(table(range(3)))
    wanted = Thresholds(20, 25, 30, 60, "ann", "tested")
    catalogue.set_thresholds("list", wanted)
    assert catalogue.get("list").thresholds == wanted
    for bad in (Thresholds(near=41), Thresholds(lead=257), Thresholds(quality=101)):
        with pytest.raises(UsageError):
            catalogue.set_thresholds("list", bad)
    imported(table(range(4)))
    assert catalogue.get("list").thresholds == wanted


def test_bad_lines_refuse_the_import_whole(imported, catalogue, digest):
    good = digest("md5", 1)
    with pytest.raises(BadList, match=r"2 bad lines.*line 2.*line 4.*--skip-bad") as error:
        imported(f"{good}\nbad\n{good}\n{good}x\n")
    assert error.value.line == 2
    assert good not in str(error.value)
    assert catalogue.lists() == []


def test_bad_lines_are_skipped_into_a_private_file(imported, tmp_path, digest):
    good = digest("md5", 1)
    result = imported(f"{good}\nbad\n{good}x\n", skip_bad=True)
    assert (result.added, result.rejected) == (1, 2)
    assert result.rejects_file == tmp_path / "list.txt.rejects"
    assert stat.S_IMODE(result.rejects_file.stat().st_mode) == 0o600
    lines = result.rejects_file.read_text().splitlines()
    assert lines[0] == "line,reason,text"
    assert [line.split(",")[0] for line in lines[1:]] == ["2", "3"]
    assert lines[2].endswith(f"{good}x")
    with pytest.raises(UsageError, match="exists"):
        imported(f"{good}\nbad\n", skip_bad=True)
    other = tmp_path / "other"
    assert imported(f"{good}\nbad\n", skip_bad=other).rejects_file == other


def test_no_rejects_file_without_rejects_or_import(imported, tmp_path, digest):
    assert imported(digest("md5", 1), skip_bad=True).rejects_file is None
    with pytest.raises(BadList, match="no entry"):
        imported("sha1:x\n", skip_bad=True)
    assert [path.name for path in tmp_path.iterdir() if "rejects" in path.name] == []


def test_a_million_bad_lines_stay_bounded(imported, lists_file, catalogue):
    import resource

    content = b"md5 x\n" * 1_000_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BadList, match="1,000,000 bad lines") as error:
        imported(content)
    assert len(str(error.value)) < 1000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400_000  # KiB
    assert catalogue.lists() == []


def test_lists_of_nothing_are_refused(imported, catalogue, table):
    imported(table(range(3)))
    for content in ("md5\n", f"md5\n{'d41d8cd98f00b204e9800998ecf8427e'}\n", '{"value":[]}'):
        with pytest.raises(BadList, match="no entry"):
            imported(content)
    assert catalogue.get("list").entries == 3


def test_empty_content_is_dropped_and_counted(imported, digest):
    result = imported(f"{digest('md5', 1)}\nD41D8CD98F00B204E9800998ECF8427E\n")
    assert (result.added, result.dropped_trivial) == (1, 1)


def test_nothing_is_lost(imported, catalogue, database, keys, digest):
    """Every fingerprint and field can be had back with the key (rule 5)."""
    rows = [f"{n},{digest('md5', n)},{digest('sha512', n)},note {n}" for n in range(3000)]
    imported("id,md5,sha512,note\n" + "\n".join(rows))
    vault = Vault(keys.vault_key)
    for number in (1, 1024, 1025, 3000):
        found = kept(database, vault, number)
        n = number - 1
        assert {s.type.name: s.text for s in found.signals} == {
            "md5": digest("md5", n),
            "sha512": digest("sha512", n),
        }
        assert found.fields == {"note": f"note {n}"}
        assert found.line == n + 2
        assert catalogue.fields(number) == {"note": f"note {n}"}


def test_nothing_readable_is_at_rest(imported, database, lists_file, tmp_path, digest):
    """No locator in the clear, not even where the owner uses one as id (rule 4)."""
    md5, sha1, note = digest("md5", 1), digest("sha1", 1), "an unmistakable note"
    imported(f"id,md5,sha1,note\n{sha1},{md5},{sha1},{note}\n")
    database.tidy()
    stored = b"".join(path.read_bytes() for path in (tmp_path / "home").iterdir())
    assert note.encode() not in stored
    for text in (md5, sha1):
        assert text.encode() not in stored
        assert text.upper().encode() not in stored
        assert bytes.fromhex(text) not in stored


def test_an_id_that_is_a_hash_still_finds_its_entry(imported, catalogue, digest):
    imported(f"id,md5\n{digest('sha1', 1)},{digest('md5', 1)}\n")
    assert catalogue.entries([1])[1].key == "#1"
    assert catalogue.withdraw("list", digest("sha1", 1), "why") == 1


def test_every_change_is_audited_before_it_happens(imported, catalogue, audit, table):
    imported(table(range(3)))
    catalogue.disable("list")
    catalogue.enable("list")
    catalogue.withdraw("list", "n1", "why")
    catalogue.dispute("list", "n2", "why")
    catalogue.set_thresholds("list", Thresholds(near=1))
    catalogue.fields(1)
    catalogue.remove("list", "why")
    catalogue.purge("list", "why")
    done = [event.action for event in audit.events() if not event.action.endswith(".begin")]
    assert done == [
        "list.import", "list.disable", "list.enable", "entry.withdrawn", "entry.disputed",
        "list.thresholds", "entry.fields", "list.remove", "list.purge",
    ]  # fmt: skip
    assert {event.actor for event in audit.events()} == {"tester"}
    assert audit.verify().intact


def test_without_an_audit_log_nothing_changes(imported, catalogue, audit, lists_file, table):
    imported(table(range(3)))
    audit._db.rows("PRAGMA query_only = ON")
    for change in (
        lambda: catalogue.disable("list"),
        lambda: catalogue.withdraw("list", "n1", "why"),
        lambda: imported(table(range(9))),
    ):
        with pytest.raises(TidebreakError, match="audit"):
            change()
    assert catalogue.get("list").enabled
    assert catalogue.get("list").entries == 3


def test_a_reason_with_a_hash_is_refused(imported, catalogue, table, digest):
    imported(table(range(3)))
    with pytest.raises(UsageError, match="no hashes"):
        catalogue.withdraw("list", "n1", f"it is {digest('md5', 1)}")
    assert not catalogue.entries([2])[2].withdrawn


def test_a_full_disk_leaves_what_was_there(imported, catalogue, database, lists_file, table):
    imported(table(range(100)))
    database.row(f"PRAGMA max_page_count = {database.row('PRAGMA page_count')[0] + 3}")
    with pytest.raises(TidebreakError, match="full"):
        imported(table(range(200_000)))
    assert catalogue.get("list").entries == 100
    assert not any(record.withdrawn for record in catalogue.entries(range(1, 101)).values())
    assert database.row("PRAGMA integrity_check") == ("ok",)


def test_two_imports_at_once_are_refused_not_mixed(
    catalogue, database, impatient, another, keys, audit, file, table
):
    path = file(table(range(3)))
    with database.writing(), pytest.raises(Busy):
        Catalogue(another, keys, audit).import_file(path, name="b", kind=ListKind.WATCH)
    assert catalogue.lists() == []


def test_a_kill_in_an_import_leaves_what_was_there(
    imported, catalogue, stores, file, table, tmp_path
):
    imported(table(range(100)))
    path = file(table(range(50, 140_000)), "new.csv")
    program = """
import os, signal, sys
from pathlib import Path
from tidebreak.homes import open_audit, open_lists
from tidebreak.lists.catalogue import Catalogue
from tidebreak.model import ListKind
from tidebreak.store import keys as key_store
from tidebreak.store.stores import Stores
home, key, path = map(Path, sys.argv[1:4])
keys = key_store.load(key)
stores = Stores(home, sys.argv[4])
catalogue = Catalogue(open_lists(stores, keys), keys, open_audit(stores))
def kill(done, size, entries):
    if entries > 60_000:
        os.kill(os.getpid(), signal.SIGKILL)
catalogue.import_file(path, name="list", kind=ListKind.CONTRABAND, progress=kill)
"""
    arguments = [tmp_path / "home", tmp_path / "key", path, stores.database]
    killed = subprocess.run([sys.executable, "-c", program, *map(str, arguments)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert catalogue.get("list").entries == 100
    live = [r for r in catalogue.entries(range(1, 1000)).values() if not r.withdrawn]
    assert len(live) == 100
    result = catalogue.import_file(path, name="list", kind=ListKind.CONTRABAND)
    assert (result.unchanged, result.withdrawn) == (50, 50)
    assert result.added == 140_000 - 100


def test_progress_counts_bytes(catalogue, lists_file, file, digest):
    path = file("\n".join(digest("sha256", n) for n in range(70_000)))
    told = []
    catalogue.import_file(
        path, name="a", kind=ListKind.WATCH, format="sha256", progress=lambda *now: told.append(now)
    )
    size = path.stat().st_size
    assert [total for _, total, _ in told] == [size] * len(told)
    assert told[-1] == (size, size, 70_000)
    assert told == sorted(told)
    assert len(told) > 1


def test_a_file_that_changes_while_it_is_read_is_refused(catalogue, lists_file, file, digest):
    path = file("\n".join(digest("md5", n) for n in range(150_000)))

    def grow(*_):
        with path.open("a") as more:
            more.write("\n" + digest("md5", 1))

    with pytest.raises(BadList, match="changed"):
        catalogue.import_file(path, name="a", kind=ListKind.WATCH, progress=grow)
    assert catalogue.lists() == []


def test_what_is_not_a_file_is_refused(catalogue, tmp_path):
    import os

    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path, tmp_path / "fifo", tmp_path / "missing"):
        with pytest.raises(BadList):
            catalogue.import_file(path, name="a", kind=ListKind.WATCH)


def test_the_import_is_remembered_with_its_file(imported, database, file, table):
    import hashlib

    imported(table(range(3)))
    content = table(range(3)).encode()
    [(sha256, name, result)] = database.rows("SELECT file_sha256, file_name, result FROM import")
    assert (sha256, name) == (hashlib.sha256(content).hexdigest(), "list.txt")
    assert json.loads(result)["added"] == 3
