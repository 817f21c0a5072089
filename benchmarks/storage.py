"""What PostgreSQL costs beside SQLite: ``docs/storage.md``.

Run ``python benchmarks/storage.py`` or ``--quick``. Both back ends are on this machine, in turns: the
server is a throw-away cluster (Debian: postgresql), asked through a socket, with its own defaults.
The bound of one change is what psycopg itself takes for a transaction of one ``INSERT``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tidebreak.backups.make import backup
from tidebreak.backups.restore import restore
from tidebreak.installation import Tidebreak
from tidebreak.model import ListKind

RESULTS = Path(__file__).with_name("results") / "storage.json"


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Give the address of a new server."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
    folder.chmod(0o755)
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(folder, "postgres", "postgres")

    def run(program: str, *arguments: object) -> None:
        command = [*as_user, str(programs / program), *map(str, arguments)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)

    data = folder / "data"
    run("initdb", "-D", data, "-A", "trust", "-U", "tidebreak", "-E", "UTF8", "--locale=C.UTF-8")
    options = f"-c listen_addresses= -c unix_socket_directories={folder}"
    run("pg_ctl", "-D", data, "-w", "-s", "-l", folder / "log", "-o", options, "start")
    try:
        yield f"postgresql://tidebreak@/postgres?host={folder}"
    finally:
        run("pg_ctl", "-D", data, "-w", "-s", "-m", "immediate", "stop")


def write_list(path: Path, entries: int, first: int) -> None:
    lines = ["id,md5,sha1,classification,note\n"]
    for number in range(first, first + entries):
        text = str(number).encode()
        md5, sha1 = hashlib.md5(text).hexdigest(), hashlib.sha1(text).hexdigest()
        lines.append(f"n{number},{md5},{sha1},A,a note\n")
    path.write_text("".join(lines))


def seconds(work: Callable[[], object], times: int = 1) -> float:
    start = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - start) / times


def spread(values: list[float], digits: int = 3) -> list[float]:
    return [round(v, digits) for v in (min(values), statistics.median(values), max(values))]


def turn(opened: Tidebreak, folder: Path, entries: int, number: int) -> dict[str, float]:
    """Measure everything once on one back end."""
    path = folder / "list.csv"
    write_list(path, entries, number * entries)
    name = f"list {number}"
    found = {
        "import": seconds(
            lambda: opened.catalogue.import_file(path, name=name, kind=ListKind.CONTRABAND)
        ),
        "version": seconds(opened.database.version, 500),
        "entries of 8": seconds(lambda: opened.catalogue.entries(range(1, 9)), 200),
        "audit event": seconds(lambda: opened.audit.append("look", "ann", "thing"), 100),
    }
    kept = folder / "kept.zip"
    found["backup"] = seconds(lambda: backup(opened.home, kept))
    target = folder / "back"
    database = opened.settings.database
    if database:
        target_database = database.replace("/postgres?", "/back?")
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS back WITH (FORCE)")
            connection.execute("CREATE DATABASE back")
        database = target_database
    found["restore"] = seconds(lambda: restore(kept, target, database=database))
    kept.unlink()
    shutil.rmtree(target)
    return found


def bound(address: str) -> float:
    """Return what a transaction of one insert takes, in seconds."""
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS bound (body TEXT, hash TEXT)")
        connection.commit()

        def one() -> None:
            connection.execute("INSERT INTO bound VALUES (%s, %s)", ("x" * 200, "y" * 64))
            connection.commit()

        return seconds(one, 100)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="10,000 entries, three turns")
    entries, turns = (10_000, 3) if parser.parse_args().quick else (100_000, 5)
    took: dict[str, dict[str, list[float]]] = {}
    bounds: list[float] = []
    with tempfile.TemporaryDirectory(prefix="tb-") as text:
        folder = Path(text)
        folder.chmod(0o755)
        (folder / "pg").mkdir()
        with server(folder / "pg") as address:
            installed: dict[str, Tidebreak] = {}
            for name, database in (("sqlite", ""), ("postgres", address)):
                os.environ["TIDEBREAK_DATABASE"] = database
                Tidebreak.create(folder / name, folder / f"{name}.key").close()
                del os.environ["TIDEBREAK_DATABASE"]
                installed[name] = Tidebreak.open(folder / name)
            turn(installed["sqlite"], folder, 1000, 999)  # kernels are compiled
            for number in range(turns):
                bounds.append(bound(address))
                for name, opened in installed.items():
                    for what, value in turn(opened, folder, entries, number).items():
                        took.setdefault(what, {}).setdefault(name, []).append(value)
            for opened in installed.values():
                opened.close()
    report = {
        "entries": entries,
        "turns": turns,
        "bound_of_a_change_ms": spread([b * 1e3 for b in bounds]),
    }
    for what, by in took.items():
        unit, scale = ("s", 1.0) if what in ("import", "backup", "restore") else ("ms", 1e3)
        ratios = [p / s for p, s in zip(by["postgres"], by["sqlite"], strict=True)]
        report[what] = {
            f"sqlite_{unit}": spread([value * scale for value in by["sqlite"]]),
            f"postgres_{unit}": spread([value * scale for value in by["postgres"]]),
            "times_sqlite": spread(ratios, 2),
        }
        print(what, json.dumps(report[what]))
    print("bound of a change, ms:", report["bound_of_a_change_ms"])
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
