"""What all tests share."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.postgres_server import Server

from tidebreak import sql, sqlite
from tidebreak.installation import Tidebreak
from tidebreak.store.stores import Stores


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Tidebreak]:
    """An empty installation of its own."""
    with Tidebreak.create(tmp_path / "home", tmp_path / "key") as made:
        yield made


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """One server for all tests; whoever changes it leaves it as it was."""
    folder = Path(tempfile.mkdtemp(prefix="tb-pg-"))
    try:
        server = Server(folder)
        yield server
        server.stop()
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def postgres(postgres_server: Server) -> Iterator[Server]:
    """The server without any store."""
    yield postgres_server
    postgres_server.clear()


@pytest.fixture
def backend() -> str:
    """Where `stores` are; a module with ``BACKENDS = BOTH`` has all its tests run on both."""
    return "sqlite"


@pytest.fixture
def stores(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Stores:
    """The stores of an installation that is not there yet."""
    address = request.getfixturevalue("postgres").address if backend == "postgres" else ""
    return Stores(tmp_path / "home", address)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Writers hardly wait for one another."""
    monkeypatch.setattr(sql, "WAIT_SECONDS", 0.05)
    monkeypatch.setattr(sqlite, "WAIT_SECONDS", 0.05)


@pytest.fixture
def files(stores: Stores) -> Stores:
    """The same stores, of which each is a file: who asks for this runs on SQLite alone."""
    return stores


@pytest.fixture
def lists_file(files: Stores) -> Path:
    """The file of the lists."""
    return files.file("lists")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what asks for a store on each of its module's back ends."""
    if "backend" in metafunc.fixturenames and "files" not in metafunc.fixturenames:
        backends = getattr(metafunc.module, "BACKENDS", None)
        if backends is not None:
            metafunc.parametrize("backend", backends)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the slow tests last, so that a mistake shows early."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport():
    """Where everything is required, as in CI, a skipped test is a failed one."""
    _forbid_skipping((yield).get_result())


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report():
    """The same for a module that skips itself."""
    _forbid_skipping((yield).get_result())


def _forbid_skipping(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.skipped and os.environ.get("TIDEBREAK_REQUIRE_ALL"):
        report.outcome = "failed"
        report.longrepr = f"skipped although everything is required: {report.longrepr}"
