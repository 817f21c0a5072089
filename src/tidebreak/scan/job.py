"""One scan from its checks to its result: what `tidebreak.installation.Tidebreak.scan` does."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Protocol

from tidebreak.audit.log import AuditLog
from tidebreak.descriptors import Descriptor
from tidebreak.hashing.seals import Sealer
from tidebreak.index import Snapshot
from tidebreak.lists import publish
from tidebreak.lists.catalogue import Catalogue
from tidebreak.matching.adapting import adapted, check_sandbox
from tidebreak.matching.matcher import Matcher
from tidebreak.media.pool import WorkerPool
from tidebreak.model import Depth
from tidebreak.scan import start
from tidebreak.scan.run import Progress, Scan, warm
from tidebreak.settings import Settings
from tidebreak.store.observations import Observations


class Opened(Protocol):
    """What a scan needs of an installation."""

    home: Path
    settings: Settings
    sealer: Sealer
    audit: AuditLog
    actor: str
    catalogue: Catalogue

    @property
    def snapshot(self) -> Snapshot:
        """Everything matchable now."""
        ...

    def matcher(self, depth: Depth | None = None) -> Matcher:
        """Return a matcher over the lists as they are now."""
        ...

    def observations(self) -> Observations:
        """Open the store of what was examined."""
        ...

    def models(self) -> tuple[Descriptor, ...]:
        """Return what the user's models declare."""
        ...


def scan(
    opened: Opened,
    paths: Iterable[str | bytes | Path],
    *,
    listed: Iterable[bytes] | None,
    report: Path | None,
    resume: bool,
    reread: bool,
    depth: Depth | None,
    on_progress: Callable[[Progress], None],
) -> start.ScanResult:
    """Carry out a scan; arguments and errors are those of the installation's ``scan``."""
    if report is not None:
        _reports().check_folder(report)
    with start.alone(opened.home / "scan.lock"), opened.observations() as observations:
        observations.tidy()
        last = start.interrupted(observations) if resume else None
        lists = [item for item in opened.catalogue.lists() if item.enabled]
        start.check_lists(lists)
        roots = start.roots_of(paths, last, others=listed is not None)
        publish.verify(opened.snapshot)  # a disk that lost a bit must not lose a match
        matcher = opened.matcher(depth)
        settings = adapted(opened.settings, matcher, opened.snapshot)
        described = opened.models()
        pool = WorkerPool(settings, descriptors=described)
        pool.begin()
        warm()  # beside the first worker, which takes as long to start
        with pool:
            check_sandbox(pool.posture, settings)
            manifest = start.manifest(
                roots, lists, opened.snapshot.covers, settings, pool.posture, described
            )
            number = last.id if last else observations.begin_scan(manifest)
            opened.audit.append("scan", opened.actor, f"scan {number}", {"resumed": resume})
            run = Scan(
                number, observations, matcher, opened.sealer, start.engine(settings, described),
                reread or bool(described) or settings.verify,
                resume or len(roots) != 1 or listed is not None,
                on_progress,
                opened.catalogue.spaces(),
            )  # fmt: skip
            run.run(itertools.chain(roots, listed or ()), pool)
        if report is not None:
            _reports().write_report(report, observations, number)
        return start.result(observations, number)


def _reports() -> ModuleType:
    # Loaded only where one is wanted: the templates take longer than a small scan's start.
    from tidebreak.scan import report

    return report
