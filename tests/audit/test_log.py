from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.backends import BOTH

from tidebreak.audit.log import KIND, AuditLog, Head
from tidebreak.errors import Damaged, TidebreakError, UsageError
from tidebreak.store.stores import Stores

BACKENDS = BOTH


@pytest.fixture
def log(stores: Stores) -> Iterator[AuditLog]:
    made = AuditLog(stores.make("audit", KIND))
    yield made
    made.close()


def tamper(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute("DROP TRIGGER event_kept")
    connection.execute("DROP TRIGGER event_fixed")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def fill(log: AuditLog, count: int) -> None:
    for number in range(count):
        log.append("look", "ann", f"thing {number}", {"n": number})


def test_events_come_back_in_order(log: AuditLog):
    written = [
        log.append("look", "ann", "one", {"why": "asked"}),
        log.append("open", "bob", "two"),
    ]
    assert list(log.events()) == written
    assert [event.number for event in written] == [1, 2]
    assert log.verify().intact
    assert log.verify().events == 2


def test_the_chain_is_plain_sha256_over_canonical_json(log: AuditLog, files: Stores):
    fill(log, 3)
    previous = "0" * 64
    for body, stored in sqlite3.connect(files.file("audit")).execute(
        "SELECT body, hash FROM event ORDER BY seq"
    ):
        record = json.loads(body)
        assert record["prev"] == previous
        canonical = json.dumps(record, sort_keys=True, separators=(",", ":")).encode()
        assert stored == hashlib.sha256(canonical).hexdigest()
        previous = stored
    assert log.head() == Head(3, previous)


@pytest.mark.parametrize(
    ("statement", "bad", "reason"),
    [
        ("UPDATE event SET body = replace(body, 'ann', 'eve') WHERE seq = 3", 3, "content"),
        ("UPDATE event SET hash = lower(hash) || 'x' WHERE seq = 5", 5, "content"),
        ("DELETE FROM event WHERE seq = 4", 4, "missing"),
        ("DELETE FROM event WHERE seq = 1", 1, "missing"),
        ("UPDATE event SET seq = 20 WHERE seq = 10", 10, "missing"),
    ],
)
def test_the_first_bad_record_is_named(log, files, statement, bad, reason):
    fill(log, 10)
    tamper(files.file("audit"), statement)
    found = log.verify()
    assert (found.bad, found.intact) == (bad, False)
    assert reason in found.reason


def test_pages_and_records_go_on_where_the_last_ended(log: AuditLog):
    fill(log, 5)
    assert [event.number for event in log.page(0, 2)] == [1, 2]
    assert [event.object for event in log.page(3, 9)] == ["thing 3", "thing 4"]
    kept = list(log.records(2))
    assert [record.number for record in kept] == [3, 4, 5]
    assert all(hashlib.sha256(r.body.encode()).hexdigest() == r.hash for r in kept)
    assert log.record(4) == kept[1]
    assert log.record(6) is None


def test_a_record_forged_with_its_hash_breaks_the_chain(log: AuditLog, files: Stores):
    fill(log, 5)
    [(body,)] = sqlite3.connect(files.file("audit")).execute("SELECT body FROM event WHERE seq = 3")
    forged = body.replace("ann", "eve")
    digest = hashlib.sha256(forged.encode()).hexdigest()
    forged = forged.replace("'", "''")
    tamper(
        files.file("audit"),
        f"UPDATE event SET body = '{forged}', hash = '{digest}' WHERE seq = 3",
    )
    assert log.verify().bad == 4


def test_a_cut_off_end_shows_against_a_noted_head(log: AuditLog, files: Stores):
    fill(log, 5)
    head = log.head()
    assert log.verify(head).intact
    tamper(files.file("audit"), "DELETE FROM event WHERE seq > 3")
    assert log.verify().intact
    assert log.verify(head).bad == 4
    fill(log, 5)
    assert log.verify(head).bad == 5


def test_the_table_refuses_change_and_deletion(log: AuditLog, files: Stores):
    fill(log, 1)
    connection = sqlite3.connect(files.file("audit"))
    for statement in ("DELETE FROM event", "UPDATE event SET body = ''"):
        with pytest.raises(sqlite3.IntegrityError, match="never"):
            connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    "text",
    [
        hashlib.md5(b"a").hexdigest(),
        "seen as " + hashlib.sha256(b"a").hexdigest().upper() + ".",
        "LWPNACQDBZRYXW3VHJVCJ64QBZNGHOHHHZWCLNQ",
        "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH",
        "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
    ],
)
def test_no_hash_gets_into_the_log(log: AuditLog, text: str):
    for event in (("look", "ann", text), ("look", text, "x"), ("look", "ann", "x", {"a": text})):
        with pytest.raises(UsageError) as error:
            log.append(*event)
        assert text.strip(".") not in str(error.value)
    assert log.head().number == 0


def test_around_tells_beginning_and_outcome(log: AuditLog):
    with log.around("list.import", "ann", "one", {"kind": "allow"}) as outcome:
        outcome["added"] = 3
    with pytest.raises(ZeroDivisionError), log.around("list.import", "ann", "two"):
        raise ZeroDivisionError
    told = [(event.action, event.object, dict(event.detail)) for event in log.events()]
    assert told == [
        ("list.import.begin", "one", {"kind": "allow"}),
        ("list.import", "one", {"added": 3}),
        ("list.import.begin", "two", {}),
        ("list.import.failed", "two", {"error": "ZeroDivisionError"}),
    ]


def test_appends_of_several_processes_make_one_chain(log: AuditLog, stores: Stores):
    program = (
        "import sys; from pathlib import Path; from tidebreak.homes import open_audit\n"
        "from tidebreak.store.stores import Stores\n"
        "log = open_audit(Stores(Path(sys.argv[1]), sys.argv[2]))\n"
        "for n in range(40): log.append('look', sys.argv[3], f'thing {n}')\n"
    )
    place = [str(stores.home), stores.database]
    running = [
        subprocess.Popen([sys.executable, "-c", program, *place, name])
        for name in ("ann", "bob", "eve")
    ]
    assert [process.wait() for process in running] == [0, 0, 0]
    assert log.verify().events == 120
    assert log.verify().intact
    by_actor = {
        name: [e.object for e in log.events() if e.actor == name] for name in ("ann", "eve")
    }
    assert by_actor["ann"] == by_actor["eve"] == [f"thing {n}" for n in range(40)]


def test_another_file_is_no_log(tmp_path: Path):
    (tmp_path / "audit.db").write_bytes(b"something else entirely" * 50)
    with pytest.raises(Damaged):
        AuditLog(tmp_path / "audit.db")


def test_a_log_that_cannot_be_written_stops_what_it_should_record(log: AuditLog, files: Stores):
    log._db.rows("PRAGMA query_only = ON")
    happened = False
    with (
        pytest.raises(TidebreakError, match="be opened or written"),
        log.around("a", "b", "c"),
    ):
        happened = True
    assert not happened


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.dictionaries(st.text(max_size=5), st.none() | st.booleans() | st.integers() | st.text())
    )
)
def test_any_detail_survives(tmp_path_factory, details):
    log = AuditLog(tmp_path_factory.mktemp("log") / "audit.db")
    for detail in details:
        log.append("look", "ann", "thing", detail)
    assert [event.detail for event in log.events()] == details
    assert log.verify().intact
    log.close()


def test_a_log_with_flipped_bytes_is_broken_never_a_crash(tmp_path):
    path = tmp_path / "audit.db"
    log = AuditLog(path)
    for n in range(50):
        log.append("match", "tester", "lists", {"signals": n})
    log.close()
    whole = path.read_bytes()
    for place in range(100, len(whole), 97):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        with suppress(TidebreakError):
            opened = AuditLog(path)
            with closing(opened), suppress(TidebreakError):
                opened.verify()
                list(opened.events())


def test_a_log_from_before_its_form_was_numbered_goes_on(tmp_path: Path):
    log = AuditLog(tmp_path / "audit.db")
    fill(log, 2)
    log._db.rows("PRAGMA user_version = 0")
    log.close()
    again = AuditLog(tmp_path / "audit.db")
    fill(again, 1)
    assert again.verify().events == 3
    again.close()
