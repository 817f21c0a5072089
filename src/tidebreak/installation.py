"""One installation: where it lives, what it is made of, and the jobs that it can do.

This is the Python face; the command line does nothing that is not here. ::

    with tidebreak.open() as installation:
        for verdict in installation.match([Signal.parse("sha256", text)]):
            print(verdict.level)
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Self, Unpack

from tidebreak import homes
from tidebreak.asking import Answer
from tidebreak.audit.signing import place_of
from tidebreak.errors import NotInstalled, TidebreakError
from tidebreak.hashing.seals import Sealer
from tidebreak.index.snapshot_files import forget_older
from tidebreak.lists import publish
from tidebreak.lists.catalogue import Catalogue
from tidebreak.lists.records import ImportOptions, ImportResult
from tidebreak.model import Depth, Examination, Signal, Verdict
from tidebreak.settings import Settings, load
from tidebreak.store import keys as key_store
from tidebreak.store.stores import Stores
from tidebreak.store.vault import Vault

if TYPE_CHECKING:
    from tidebreak.calibration.bands import Band
    from tidebreak.calibration.run import Calibration
    from tidebreak.check.answering import Answers
    from tidebreak.check.run import Check
    from tidebreak.descriptors import Descriptor
    from tidebreak.enrol.items import Item
    from tidebreak.enrol.order import Order
    from tidebreak.enrol.run import Enrolled
    from tidebreak.index import Snapshot
    from tidebreak.matching.descriptors import KnownVectors
    from tidebreak.matching.installed import InstalledDescriptors
    from tidebreak.matching.installed_scenes import InstalledScenes
    from tidebreak.matching.matcher import Matcher
    from tidebreak.scan.run import Progress
    from tidebreak.scan.start import ScanResult
    from tidebreak.sightings.desk import Desk
    from tidebreak.store.observations import Observations
    from tidebreak.watch.run import Watch


class Tidebreak:
    """An open installation. Use it as a context manager, or call `close`."""

    def __init__(self, home: Path, settings: Settings, keys: key_store.Keys) -> None:
        self.home = home
        self.settings = settings
        self.sealer = Sealer(keys.seal_key)
        self.stores = Stores(home, settings.database)
        self.database = homes.open_lists(self.stores, keys)
        self.audit = homes.open_audit(self.stores)
        self._snapshot: tuple[tuple[int, int], Snapshot] | None = None
        self.actor = f"uid {os.getuid()}"
        self.catalogue = Catalogue(self.database, keys, self.audit, actor=self.actor)
        self.vault = Vault(keys.vault_key)
        self.access_key = keys.access_key
        self.audit_key_file = place_of(homes.key_file_of(home, settings))
        self._keys = keys

    @classmethod
    def create(cls, home: Path, key_file: Path | None = None) -> Self:
        """Make a new installation at ``home``; raises `UsageError` where there is one."""
        homes.make(home, key_file)
        return cls.open(home)

    @classmethod
    def open(cls, home: str | Path | None = None) -> Self:
        """Open the installation at ``home``; raises `NotInstalled` where there is none."""
        place = Path(home) if home is not None else homes.default_home()
        if not homes.is_home(place):
            raise NotInstalled(f"There is no installation at {place}; make one: tidebreak init")
        settings = load(place)
        return cls(place, settings, key_store.load(homes.key_file_of(place, settings)))

    def close(self) -> None:
        """Close every file."""
        if "answers" in self.__dict__:
            self.answers.flush()
        self.database.close()
        self.audit.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def catalogue_as(self, actor: str) -> Catalogue:
        """Return the catalogue whose changes the audit log says were made by ``actor``."""
        return Catalogue(self.database, self._keys, self.audit, actor=actor)

    @property
    def snapshot(self) -> Snapshot:
        """Everything matchable now, whichever process changed it."""
        version = publish.version(self.database)
        if self._snapshot is None or self._snapshot[0] != version:
            self._snapshot = (version, publish.current(self.database, self.home / "snapshots"))
        return self._snapshot[1]

    @cached_property
    def descriptors(self) -> InstalledDescriptors:
        """The models that the user brought along (``docs/descriptors.md``)."""
        from tidebreak.matching.installed import InstalledDescriptors

        return InstalledDescriptors(self.home / "descriptors", self.audit, self.actor)

    def models(self) -> tuple[Descriptor, ...]:
        """Return what the user's models declare."""
        return self.descriptors.all()

    def known_vectors(self) -> KnownVectors | None:
        """Return the vectors that the lists hold for the descriptors, None without any."""
        return self.descriptors.known(self.database, self.vault)

    @cached_property
    def scenes(self) -> InstalledScenes:
        """The scenes that the lists hold for the verified tier."""
        from tidebreak.matching.installed_scenes import InstalledScenes

        return InstalledScenes(self.database, self.vault)

    def matcher(self, depth: Depth | None = None, *, verify: bool = True) -> Matcher:
        """Return a matcher over the lists as they are now.

        ``depth`` overrides the settings and the lists' own depths; without ``verify`` there is no
        verified tier, whatever the settings say.
        """
        from tidebreak.matching.matcher import Matcher

        return Matcher(
            self.snapshot,
            self.catalogue,
            leads=self.settings.leads,
            depth=depth or self.settings.depth,
            only_depth=depth is not None,
            vectors=self.known_vectors(),
            scenes=self.scenes.known() if verify and self.settings.verify else None,
        )

    def import_list(self, path: Path, **options: Unpack[ImportOptions]) -> ImportResult:
        """Import a hash list and let it count; options and errors of `Catalogue.import_file`."""
        result = self.catalogue.import_file(path, **options)
        try:
            _ = self.snapshot
        except TidebreakError as error:
            raise TidebreakError(f"'{result.list}' was imported, but: {error}") from None
        return result

    def enrol(self, order: Order, on_item: Callable[[Item], None] = lambda _: None) -> Enrolled:
        """Hash media that is lawfully held into a list, a pack, or both (`enrol.order.Order`)."""
        from tidebreak.enrol.run import Desk, enrol

        own = (self.settings, self.sealer, self.vault, self.catalogue, self.audit, self.actor)
        return enrol(order, Desk(self.home / "enrolments", *own, self.models()), on_item)

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
        self.audit.append("match", self.actor, "lists", {"signals": len(asked)})
        return [judgement.verdict for judgement in self.matcher().judge(asked)]

    def ask(self, items: Sequence[Sequence[Signal]]) -> list[Answer]:
        """Answer gates: whether any signal of each item is known (`tidebreak.asking.Asker`)."""
        return self.answers.ask(items)

    @cached_property
    def answers(self) -> Answers:
        """What answers gates, and learns from the torrents that they see."""
        from tidebreak.check.answering import Answers

        return Answers(self)

    def check(
        self,
        arguments: Sequence[str],
        *,
        stdin: BinaryIO | None = None,
        prose: bool = False,
        derive: bool = True,
        held: Sequence[Path] = (),
        case: str = "",
        found_only: bool = False,
    ) -> Check:
        """Return a check of links, torrents and client stores: iterate over it for results.

        ``arguments`` are links, paths, or ``-`` for ``stdin``; with ``prose`` only links in running
        text count. What holds something known lends its own identifiers to the lists unless
        ``derive`` is off. ``held`` are folders of files to which pieces are put. Only for a
        ``case`` trackers and peers are kept. With ``found_only`` the rest is only counted. Raises
        `UsageError`.
        """
        from tidebreak.check.start import check

        return check(
            self, arguments, stdin, prose=prose, derive=derive, held=held, case=case,
            found_only=found_only,
        )  # fmt: skip

    def hash(self, paths: Iterable[str | bytes | Path]) -> Iterator[tuple[bytes, Examination]]:
        """Yield (path, what a worker found) for every file and archive member, in path order."""
        from tidebreak.scan.hashing import hash_files

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
        empty. ``reread`` reads unchanged files again, as is always done where a descriptor is
        installed: vectors of what was scanned are not kept. ``depth`` overrides the settings and
        the lists' own depths. Raises `UsageError` when nothing can be recognised because no list
        is enabled, or a path is not there.
        """
        from tidebreak.scan import job

        return job.scan(
            self, paths, listed=listed, report=report, resume=resume, reread=reread, depth=depth,
            on_progress=on_progress,
        )  # fmt: skip

    def calibrate(
        self,
        folder: Path,
        *,
        pictures: int = 100,
        seed: int = 1,
        depth: Depth | None = None,
        held_out: bool = False,
        enrolled: bool = False,
        report: Path | None = None,
        on_progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> tuple[Calibration, list[Band]]:
        """Measure recall and false pairs on edits of benign pictures below ``folder``.

        Returns what was measured, and what it means for the thresholds of every list. Nothing
        of the pictures is kept. ``enrolled`` measures them as enrolled media; ``report`` names a
        folder for the page with the curve.
        """
        from tidebreak.calibration.start import calibrate

        settings = replace(self.settings, depth=depth or self.settings.depth)
        return calibrate(
            folder, settings, self.catalogue.lists(), pictures=pictures, seed=seed,
            held_out=held_out, enrolled=enrolled, report=report, on_progress=on_progress,
        )  # fmt: skip

    def watch(
        self,
        addresses: Sequence[str],
        *,
        names: Sequence[str] = (),
        depth: Depth | None = None,
        webhook: str = "",
        secret: bytes = b"",
    ) -> Watch:
        """Watch streams: iterate over the result for events, call its ``stop`` to end that.

        ``addresses`` are those of streams, paths of growing files, or ``-``; ``names`` are what
        events call them. ``depth`` overrides the settings and the lists' own depths. Every event
        is posted to ``webhook``, too, signed with ``secret``. Raises `UsageError`.
        """
        from tidebreak.watch.start import watch

        made = watch(self, self.settings, addresses, names, depth, webhook, secret)
        self.audit.append("watch", self.actor, "streams", {"names": ", ".join(made.names)})
        return made

    @property
    def sightings(self) -> Desk:
        """Lawfully held logs: import them, rank who spreads most, look (``docs/sightings.md``)."""
        from tidebreak.sightings.desk import Desk

        return Desk(self)

    def observations(self) -> Observations:
        """Open the store of what was examined."""
        from tidebreak.store.observations import KIND, Observations

        return Observations(self.stores.make("observations", KIND))

    def report(self, observations: Observations, number: int, folder: Path) -> list[Path]:
        """Write the report of scan ``number`` to ``folder`` and return the files."""
        from tidebreak.scan.report import write_report

        return write_report(folder, observations, number)
