from __future__ import annotations

import threading

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from tests.backends import BOTH

from tidebreak.errors import NotInstalled
from tidebreak.sql import Kind
from tidebreak.store.stores import Stores

BACKENDS = BOTH


@pytest.fixture
def store(stores):
    opened = stores.open("observations", "tidebreak.store", "migrations/observations")
    yield opened
    opened.close()


def test_opens_a_store_by_name_with_its_schema(stores, store):
    assert store.rows("SELECT * FROM scan") == []
    assert stores.has("observations")
    assert stores.file("observations").exists() is not bool(stores.database)


def test_what_is_not_there_is_not_made(stores):
    with pytest.raises(NotInstalled, match="no box"):
        stores.existing("box", Kind("box", []))
    assert not stores.has("box")


def test_all_stores_are_found_by_their_names(stores, store):
    stores.make("lists", Kind("box", [])).close()
    assert stores.names() == ["lists", "observations"]
    assert stores.file("lists").name == "tidebreak.db"


def test_a_transaction_keeps_other_threads_waiting(store):
    def other():
        with store.writing():
            seen.append(store.row("SELECT count(*) FROM scan")[0])

    seen: list[int] = []
    thread = threading.Thread(target=other)
    with store.writing():
        thread.start()
        for _ in range(100):
            store.change("INSERT INTO scan (started, manifest) VALUES ('', '')")
        assert seen == []
    thread.join()
    assert seen == [100]


KIND = Kind(
    "box",
    [
        "CREATE TABLE a (id INTEGER PRIMARY KEY, t TEXT NOT NULL, b BLOB, n INTEGER) STRICT;\n"
        "CREATE UNIQUE INDEX a_t ON a (t) WHERE n IS NOT NULL;"
    ],
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=3)
NUMBERS = st.none() | st.integers(-(2**63), 2**63 - 1)


class Both(RuleBasedStateMachine):
    """One sequence of statements on both back ends: the same answers all along."""

    pair: tuple

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        for box in self.pair:
            with box.writing():
                box.change("DELETE FROM a")

    def each(self, act):
        """Do the same to both and compare; a conflict is one on both."""
        told = []
        for box in self.pair:
            try:
                told.append(act(box))
            except Exception as error:
                told.append("unique" in str(error).lower() or error)
        assert told[0] == told[1]
        return told[0]

    @rule(
        rows=st.lists(st.tuples(TEXTS, st.none() | st.binary(max_size=9), NUMBERS), max_size=4),
        together=st.booleans(),
        undone=st.booleans(),
    )
    def write(self, rows, together, undone):
        first = (self.pair[0].row("SELECT coalesce(max(id), 0) FROM a") or (0,))[0] + 1
        numbered = [(first + place, *row) for place, row in enumerate(rows)]
        sql = "INSERT INTO a (id, t, b, n) VALUES (?, ?, ?, ?)"

        def act(box):
            with box.writing():
                if together:
                    box.change_many(sql, numbered)
                    count = len(numbered)
                else:
                    count = sum(box.change(sql, row) for row in numbered)
                if undone:
                    raise ValueError("unique: undone")
                return count

        self.each(act)

    @rule(text=TEXTS, number=NUMBERS)
    def change(self, text, number):
        def act(box):
            with box.writing():
                return [
                    box.change("UPDATE a SET n = ?, b = ? WHERE t >= ?", (number, b"x", text)),
                    box.change("DELETE FROM a WHERE n < ?", (number,)),
                ]

        self.each(act)

    @rule(text=TEXTS, number=st.integers(0, 100))
    def upsert(self, text, number):
        def act(box):
            with box.writing():
                return box.row(
                    "INSERT INTO a (id, t, n) VALUES (1, ?, ?)"
                    " ON CONFLICT (id) DO UPDATE SET t = excluded.t RETURNING id, t, n",
                    (text, number),
                )

        self.each(act)

    @invariant()
    def same(self):
        queries = (
            ("SELECT id, t, b, n FROM a ORDER BY t, id", ()),
            ("SELECT t, count(*), sum(id) FROM a GROUP BY t ORDER BY t", ()),
            ("SELECT coalesce(sum(length(b)), 0), count(n) FROM a WHERE t < ?", ("m",)),
        )
        for sql, values in queries:
            self.each(lambda box, sql=sql, values=values: box.rows(sql, values))
            self.each(lambda box, sql=sql, values=values: list(box.stream(sql, values)))


def test_both_back_ends_give_the_same_answers(tmp_path, postgres):
    pair = tuple(Stores(tmp_path, at).make("box", KIND) for at in ("", postgres.address))
    machine = type("BothOfThese", (Both,), {"pair": pair})
    try:
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=15, stateful_step_count=10, deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )  # fmt: skip
    finally:
        for box in pair:
            box.close()
