from __future__ import annotations

import socket
import subprocess
import sys

import pytest
from tests.postgres_server import Server

from tidebreak.errors import TidebreakError, UsageError
from tidebreak.postgres import PostgresSchema
from tidebreak.postgres_connecting import Link, connected, parts_of, plain_errors
from tidebreak.sql import Kind

KIND = Kind("box", [])


@pytest.mark.parametrize(
    "address",
    ["postgresql://u:geheim@h/db", "host=h password=geheim", "postgresql://h/db?password=geheim"],
)
def test_a_password_in_the_address_is_refused_and_not_repeated(address: str):
    with pytest.raises(UsageError, match="PGPASSFILE") as caught:
        parts_of(address)
    assert "geheim" not in str(caught.value)


def test_what_is_no_address_is_not_repeated():
    with pytest.raises(UsageError, match="no address") as caught:
        parts_of("postgresql://u:geheim@[h/db")
    assert "geheim" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_server_that_is_not_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PGPASSWORD", "geheim")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # not listening
        address = f"postgresql://u@127.0.0.1:{taken.getsockname()[1]}/db"
        with pytest.raises(TidebreakError, match="does not answer") as caught:
            PostgresSchema(address, "box", KIND)
    assert "geheim" not in str(caught.value)


def test_a_database_that_does_not_exist_or_let_us_in(postgres: Server):
    for change in (("/postgres?", "/nothing?"), ("//tidebreak@", "//nobody@")):
        with pytest.raises(TidebreakError, match="does not answer"):
            PostgresSchema(postgres.address.replace(*change), "box", KIND)


def test_a_user_who_may_not_is_told_what_to_name(postgres: Server):
    postgres.ask("CREATE ROLE guest LOGIN")
    try:
        with pytest.raises(TidebreakError, match="may create it"):
            PostgresSchema(postgres.address.replace("//tidebreak@", "//guest@"), "box", KIND)
    finally:
        postgres.ask("DROP ROLE guest")


def test_another_encoding_is_refused(postgres: Server):
    postgres.ask("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'")
    try:
        with pytest.raises(UsageError, match="UTF8"):
            connected(postgres.address.replace("/postgres?", "/latin?"), "box")
    finally:
        postgres.ask("DROP DATABASE latin")


def test_a_link_is_made_when_it_is_needed(postgres: Server):
    link = Link(postgres.address, "box")
    link.roll_back()
    link.close()
    assert link.use(lambda made: made.execute("SELECT 1").fetchone()) == (1,)
    first = link.connection
    first.close()
    assert link.use(lambda made: made.execute("SELECT 1").fetchone()) == (1,)
    assert link.connection is not first
    link.close()


def test_what_the_programme_did_wrong_stays_as_it_is(postgres: Server):
    import psycopg

    with pytest.raises(psycopg.errors.SyntaxError), plain_errors("box"):
        postgres.ask("SELEC 1")


def test_without_the_extra_it_is_named():
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from tidebreak.errors import TidebreakError\n"
        "try: import tidebreak.postgres_connecting\n"
        "except TidebreakError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'tidebreak[postgres]'" in done.stdout
