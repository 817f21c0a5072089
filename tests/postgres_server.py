"""A PostgreSQL server of the tests' own, reached by a socket in its folder."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

_FAST = "-c fsync=off -c full_page_writes=off -c max_connections=60"


class Server:
    """A cluster below ``folder``, which is to be a short path: sockets have no long names."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._data = folder, folder / "data"
        self._programs = _programs()
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        folder.chmod(0o755)
        self._run(
            "initdb", "-D", self._data, "-A", "trust", "-U", "tidebreak", "-E", "UTF8",
            "--locale=C.UTF-8", "--no-sync",
        )  # fmt: skip
        self.start()

    @property
    def address(self) -> str:
        """The address of its database."""
        return f"postgresql://tidebreak@/postgres?host={self._folder}"

    def start(self) -> None:
        options = f"{_FAST} -c listen_addresses= -c unix_socket_directories={self._folder}"
        log = self._folder / "log"
        self._run("pg_ctl", "-D", self._data, "-w", "-s", "-l", log, "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-D", self._data, "-w", "-s", "-m", mode, "stop")

    def ask(self, sql: str) -> list[tuple]:
        """Carry out ``sql`` beside Tidebreak."""
        import psycopg

        with psycopg.connect(self.address, autocommit=True) as connection:
            cursor = connection.execute(sql)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def clear(self) -> None:
        """Remove every store."""
        found = self.ask(
            "SELECT nspname FROM pg_namespace WHERE nspname ~ '^tidebreak_|^restoring_'"
        )
        for (schema,) in found:
            self.ask(f"SET client_min_messages = error; DROP SCHEMA {schema} CASCADE")

    def _run(self, program: str, *arguments: object) -> None:
        command = [str(self._programs / program), *map(str, arguments)]
        if os.geteuid() == 0:  # which PostgreSQL refuses
            command = [
                "setpriv",
                "--reuid=postgres",
                "--regid=postgres",
                "--clear-groups",
                *command,
            ]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self._folder)


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("needs PostgreSQL's server (Debian: postgresql)")
    return found[-1].parent
