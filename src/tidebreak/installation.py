"""One installation: where it lives, what it is made of, and the jobs that it can do.

This is the Python face; the command line does nothing that is not here. ::

    with tidebreak.open() as installation:
        for verdict in installation.match([Signal.parse("sha256", text)]):
            print(verdict.level)
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Required, Self, TypedDict, Unpack

from tidebreak.audit.log import AuditLog
from tidebreak.errors import Damaged, NotInstalled, TidebreakError, UsageError
from tidebreak.hashing.seals import Sealer
from tidebreak.index.snapshot_files import forget_older
from tidebreak.lists import publish
from tidebreak.lists.catalogue import Catalogue
from tidebreak.lists.importing import ImportResult
from tidebreak.model import Depth, Examination, ListKind, Signal, Verdict
from tidebreak.settings import Settings, load, template
from tidebreak.store import keys as key_store
from tidebreak.store.database import Database

if TYPE_CHECKING:
    from tidebreak.index import Snapshot
    from tidebreak.matching.matcher import Matcher
    from tidebreak.scan.run import Progress
    from tidebreak.scan.start import ScanResult
    from tidebreak.store.observations import Observations


class ImportOptions(TypedDict, total=False):
    """What `Catalogue.import_file` takes besides the path."""

    name: Required[str]
    kind: Required[ListKind]
    format: str | None
    owner: str
    legal_basis: str
    scheme: str
    skip_bad: Path | bool
    known_good_statement: str
    shrink: bool
    progress: Callable[[int, int, int], None] | None


def default_home() -> Path:
    """Return where an installation lives unless told otherwise (XDG base directories)."""
    if named := os.environ.get("TIDEBREAK_HOME"):
        return Path(named)
    data = os.environ.get("XDG_DATA_HOME") or _home() / ".local" / "share"
    return Path(data) / "tidebreak"


def default_key_file(home: Path) -> Path:
    """Return where the key of ``home`` is put: apart from the data, among the configuration."""
    if named := os.environ.get("TIDEBREAK_KEY_FILE"):
        return Path(named)
    configuration = os.environ.get("XDG_CONFIG_HOME") or _home() / ".config"
    name = home.resolve().as_posix().strip("/").replace("/", "-")
    return Path(configuration) / "tidebreak" / f"{name}.key"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:
        raise UsageError(
            "This user has no home folder; name the installation with --home or TIDEBREAK_HOME,"
            " and its key with TIDEBREAK_KEY_FILE."
        ) from None


class Tidebreak:
    """An open installation. Use it as a context manager, or call `close`."""

    def __init__(self, home: Path, settings: Settings, keys: key_store.Keys) -> None:
        self.home = home
        self.settings = settings
        self.sealer = Sealer(keys.seal_key)
        self.database = Database.open(home / "tidebreak.db", keys)
        self.audit = _audit_log(home / "audit.db")
        self._snapshot: tuple[tuple[int, int], Snapshot] | None = None
        self._actor = f"uid {os.getuid()}"
        self.catalogue = Catalogue(self.database, keys, self.audit, actor=self._actor)

    @classmethod
    def create(cls, home: Path, key_file: Path | None = None) -> Self:
        """Make a new installation at ``home``; raises `UsageError` where there is one."""
        settings_file = home / "settings.toml"
        if os.path.exists(settings_file):  # noqa: PTH110 - never raises
            raise UsageError(
                f"{home} already holds an installation; use it, or name another with --home."
            )
        key_file = (key_file or default_key_file(home)).absolute()
        try:
            cls._create(home, key_file, settings_file)
        except OSError as error:
            raise UsageError(
                f"An installation cannot be made at {home} with its key at {key_file}"
                f" ({error.strerror}: {error.filename}); choose other places or make room."
            ) from None
        return cls.open(home)

    @staticmethod
    def _create(home: Path, key_file: Path, settings_file: Path) -> None:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not key_file.exists():
            key_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            key_store.create(key_file)
        database = home / "tidebreak.db"
        if not database.exists():  # a former attempt may have come this far
            Database.create(database, key_store.load(key_file)).close()
        AuditLog(home / "audit.db").close()
        partial = settings_file.with_suffix(".partial")
        partial.write_text(template().replace('# key_file = ""', f"key_file = {_toml(key_file)}"))
        partial.replace(settings_file)  # last: only now is this an installation

    @classmethod
    def open(cls, home: str | Path | None = None) -> Self:
        """Open the installation at ``home``; raises `NotInstalled` where there is none."""
        place = Path(home) if home is not None else default_home()
        if not os.path.exists(place / "settings.toml"):  # noqa: PTH110 - never raises
            raise NotInstalled(f"There is no installation at {place}; make one: tidebreak init")
        settings = load(place)
        key_file = Path(settings.key_file) if settings.key_file else default_key_file(place)
        return cls(place, settings, key_store.load(key_file))

    def close(self) -> None:
        """Close every file."""
        self.database.close()
        self.audit.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def snapshot(self) -> Snapshot:
        """Everything matchable now, whichever process changed it."""
        version = publish.version(self.database)
        if self._snapshot is None or self._snapshot[0] != version:
            self._snapshot = (version, publish.current(self.database, self.home / "snapshots"))
        return self._snapshot[1]

    def matcher(self, depth: Depth | None = None) -> Matcher:
        """Return a matcher over the lists as they are now.

        ``depth`` overrides the settings and the lists' own depths.
        """
        from tidebreak.matching.matcher import Matcher

        return Matcher(
            self.snapshot,
            self.catalogue,
            leads=self.settings.leads,
            depth=depth or self.settings.depth,
            only_depth=depth is not None,
        )

    def import_list(self, path: Path, **options: Unpack[ImportOptions]) -> ImportResult:
        """Import a hash list and let it count; options and errors of `Catalogue.import_file`."""
        result = self.catalogue.import_file(path, **options)
        try:
            _ = self.snapshot
        except TidebreakError as error:
            raise TidebreakError(f"'{result.list}' was imported, but: {error}") from None
        return result

    def purge_list(self, name: str, reason: str) -> int:
        """Erase the data of removed lists called ``name``, in older snapshots too."""
        erased = self.catalogue.purge(name, reason)
        self._snapshot = None
        _ = self.snapshot
        forget_older(self.home / "snapshots")
        self.database.tidy()
        return erased

    def match(self, signals: Iterable[Signal]) -> list[Verdict]:
        """Return one verdict per signal, each looked up on its own."""
        from tidebreak.matching.observe import observe_signals

        asked = [observe_signals([signal], self.sealer) for signal in signals]
        self.audit.append("match", self._actor, "lists", {"signals": len(asked)})
        return [judgement.verdict for judgement in self.matcher().judge(asked)]

    def hash(self, paths: Iterable[str | bytes | Path]) -> Iterator[tuple[bytes, Examination]]:
        """Yield (path, what a worker found) for every file and archive member, in path order."""
        return hash_files(paths, self.settings)

    def scan(
        self,
        paths: Iterable[str | bytes | Path],
        *,
        listed: Iterable[bytes] | None = None,
        report: Path | None = None,
        resume: bool = False,
        reread: bool = False,
        depth: Depth | None = None,
        on_progress: Callable[[Progress], None] = lambda _: None,
    ) -> ScanResult:
        """Examine everything below ``paths`` and match it.

        ``listed`` is a stream of further paths, of any number, such as standard input gives.
        ``resume`` goes on with the last interrupted scan, whose paths it takes when ``paths`` is
        empty. ``reread`` reads unchanged files again. ``depth`` overrides the settings and the
        lists' own depths. Raises `UsageError` when nothing can be
        recognised because no list is enabled, or a path is not there.
        """
        from tidebreak.media.pool import WorkerPool
        from tidebreak.scan import start
        from tidebreak.scan.run import Scan, warm

        if report is not None:
            from tidebreak.scan.report import check_folder

            check_folder(report)
        with start.alone(self.home / "scan.lock"), self.observations() as observations:
            observations.tidy()
            last = start.interrupted(observations) if resume else None
            lists = [item for item in self.catalogue.lists() if item.enabled]
            start.check_lists(lists)
            roots = start.roots_of(paths, last, others=listed is not None)
            publish.verify(self.snapshot)  # a disk that lost a bit must not lose a match
            matcher = self.matcher(depth)
            settings = replace(self.settings, depth=matcher.depth)
            pool = WorkerPool(settings)
            pool.begin()
            warm()  # beside the first worker, which takes as long to start
            with pool:
                start.check_sandbox(pool.posture, settings)
                manifest = start.manifest(
                    roots, lists, self.snapshot.covers, settings, pool.posture
                )
                number = last.id if last else observations.begin_scan(manifest)
                self.audit.append("scan", self._actor, f"scan {number}", {"resumed": resume})
                scan = Scan(
                    number, observations, matcher, self.sealer, start.engine(settings),
                    reread, resume or len(roots) != 1 or listed is not None, on_progress,
                )  # fmt: skip
                scan.run(itertools.chain(roots, listed or ()), pool)
            if report is not None:
                self.report(observations, number, report)
            return start.result(observations, number)

    def observations(self) -> Observations:
        """Open the store of what was examined."""
        from tidebreak.store.observations import Observations

        return Observations(self.home / "observations.db")

    def report(self, observations: Observations, number: int, folder: Path) -> list[Path]:
        """Write the report of scan ``number`` to ``folder`` and return the files."""
        from tidebreak.scan.report import write_report

        return write_report(folder, observations, number)


def hash_files(
    paths: Iterable[str | bytes | Path], settings: Settings
) -> Iterator[tuple[bytes, Examination]]:
    """Yield (path, what a worker found) for every file below ``paths``, in the order given.

    Needs no installation. What cannot be read yields an `Examination` with the reason.
    """
    from tidebreak.scan.hashing import hash_all

    return hash_all((os.fsencode(path) for path in paths), settings)


def _audit_log(path: Path) -> AuditLog:
    if not path.exists():
        raise Damaged(
            f"The audit log {path} is missing; restore it from a backup, or make an empty file"
            " there to begin a new one, and note why."
        )
    return AuditLog(path)


def _toml(path: Path) -> str:
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
