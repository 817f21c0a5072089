"""One log into the store: read, understood, sealed, counted; all of it or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from collections.abc import Mapping as Dict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from tidebreak.audit.log import AuditLog
from tidebreak.errors import UsageError
from tidebreak.sightings.formats import Format, find
from tidebreak.sightings.intake.custody import LogFile, check_custody
from tidebreak.sightings.intake.instants import zone_of
from tidebreak.sightings.intake.interpret import Interpreter, Terms, Understood
from tidebreak.sightings.intake.mapping import Mapping, read_mapping
from tidebreak.sightings.kept_logs.store import Sightings
from tidebreak.sightings.kept_logs.writer import Writer
from tidebreak.sightings.records import Custody, Grade, Network, Source

Progress = Callable[[int, int, int], None]
"""Told bytes read, bytes in all, rows read."""


@dataclass(frozen=True, slots=True)
class Order:
    """Which log is to be imported, and on whose word.

    ``mapping`` is a file (`tidebreak.sightings.intake.mapping`), needed by formats that have none
    built in. ``timezone`` is an IANA name for local times; ``clock_offset`` in seconds is added to
    every time. ``grade`` may lower what the format can prove, never raise it; ``network`` is
    that of rows that name none. ``again`` imports a log that was imported before; ``strict``
    refuses a log with any row that is no sighting.
    """

    path: Path
    format: str
    custody: Custody
    mapping: Path | None = None
    timezone: str = ""
    clock_offset: int = 0
    grade: Grade | None = None
    network: Network | None = None
    again: bool = False
    strict: bool = False


def import_log(
    sightings: Sightings, order: Order, audit: AuditLog, actor: str,
    progress: Progress = lambda done, size, rows: None,
) -> Source:  # fmt: skip
    """Import a log and return what it came to; open the sightings anew to see it.

    Raises `UsageError` for an order that cannot be carried out and for a log that holds no
    sighting, `CannotRead`, `Busy`. What was there before is then as it was.
    """
    check_custody(order.custody)
    format = find(order.format)
    ceiling = _ceiling(format, order.grade)
    mapping, text = _mapping(format, order.mapping)
    log = LogFile(order.path)
    network = format.network if order.network is None else order.network
    grade = order.grade or format.grade
    terms = Terms(zone_of(order.timezone), order.clock_offset, ceiling, grade, network)
    told = {"format": format.name, "holder": order.custody.holder, "again": order.again}
    with audit.around("sightings.import", actor, "sightings", told) as outcome:
        with sightings.writer() as writer:
            if not order.again:
                _refuse_twice(sightings, log)
            tally = _Tally(writer, Interpreter(mapping, terms))
            with log.open() as file:
                for table in format.read(file, mapping):
                    understood = tally.interpreter.read(table)
                    tally.count(table.rows, table.rejects, understood)
                    if not (order.strict and tally.rejects):
                        tally.store(understood)
                    progress(log.done, log.size, tally.rows)
            tally.refuse(order)
            source = writer.finish(_source(order, log, actor, terms, tally, text))
        outcome |= {"source": source.number, "rows": source.rows, "kept": source.kept}
    return source


def _ceiling(format: Format, wanted: Grade | None) -> Grade:
    if wanted is not None and wanted < format.ceiling:
        raise UsageError(
            f"A log of format {format.name} proves grade {format.ceiling.name} at best"
            f" ({format.why}); leave --grade out, or say a lower one."
        )
    return wanted or format.ceiling


def _mapping(format: Format, path: Path | None) -> tuple[Mapping, str]:
    if format.mapping is not None:
        if path is not None:
            raise UsageError(f"A log of format {format.name} needs no mapping; leave it out.")
        return format.mapping, ""
    if path is None:
        raise UsageError(
            f"A log of format {format.name} needs --mapping FILE, which says what its columns are."
        )
    return read_mapping(path)


def _refuse_twice(sightings: Sightings, log: LogFile) -> None:
    """Look at the sources as they are now that nobody else can add one."""
    for source in sightings.reopened().sources():
        if source.sha256 == log.sha256:
            raise UsageError(
                f"{log.path} was imported before, as source {source.number} ({source.name});"
                " its sightings would count twice. If that is meant: --again"
            )


class _Tally:
    """What has been read so far, and where it goes."""

    def __init__(self, writer: Writer, interpreter: Interpreter) -> None:
        self.interpreter = interpreter
        self._writer = writer
        self.rows = self.kept = 0
        self.rejects: Counter[str] = Counter()
        self.noted: Counter[str] = Counter()

    def count(self, rows: int, rejects: Dict[str, int], understood: Understood) -> None:
        """Count every row of the log as kept or refused, and what there is to note."""
        refused = Counter(rejects) + understood.rejects
        self.rows += rows
        self.kept += rows - refused.total()
        self.rejects += refused
        self.noted += understood.noted
        named = sum(len(found.rows) for found in understood.contents)
        if named > (kept := int(understood.kept.sum())):
            self.noted["a further identifier by the same row"] += named - kept

    def store(self, understood: Understood) -> None:
        """Give codes and keep the rows; nothing that is refused reaches a dictionary."""
        kept = np.flatnonzero(understood.kept)
        if not len(kept):
            return
        clients, addresses = np.zeros((2, len(understood.kept)), np.uint32)
        whole = len(kept) == len(understood.kept)
        given = understood.clients if whole else understood.clients.take(kept)
        clients[kept] = self._writer.client_codes(given, understood.networks[kept])
        addresses[kept] = self._writer.address_codes(understood.addresses[kept])
        for found in understood.contents:
            if not len(found.rows):
                continue
            # Rows are in order and come once each: where they are as many, they are all of them.
            rows = slice(None) if len(found.rows) == len(clients) else found.rows
            codes = self._writer.content_codes(found.type, found.values, understood.sizes[rows])
            self._writer.add({
                "time": understood.times[rows].astype(np.uint32),
                "network": understood.networks[rows],
                "grade": understood.grades[rows],
                "event": understood.events[rows],
                "content": codes,
                "client": clients[rows],
                "address": addresses[rows],
                "port": understood.ports[rows].astype(np.uint16),
            })  # fmt: skip

    def refuse(self, order: Order) -> None:
        """Raise `UsageError` for a log that holds nothing, or too little for a strict import."""
        reasons = "; ".join(f"{count:,} × {reason}" for reason, count in self.rejects.most_common())
        if order.strict and self.rejects:
            raise UsageError(
                f"{order.path} was not imported: {self.rejects.total():,} of its {self.rows:,} rows"
                f" are no sightings ({reasons}). Without --strict they are counted and left out."
            )
        if not self.kept:
            raise UsageError(
                f"{order.path} holds no sighting among {self.rows:,} rows"
                f"{f' ({reasons})' if reasons else ''}; is it a log of format {order.format}?"
            )


def _source(
    order: Order, log: LogFile, actor: str, terms: Terms, tally: _Tally, mapping: str
) -> Source:
    return Source(
        number=0,
        name=log.name,
        sha256=log.sha256,
        size=log.size,
        format=order.format,
        custody=order.custody,
        timezone=order.timezone,
        clock_offset=order.clock_offset,
        network=terms.network,
        grade_ceiling=terms.ceiling,
        imported_at=datetime.now(UTC).isoformat(timespec="seconds"),
        imported_by=actor,
        rows=tally.rows,
        kept=tally.kept,
        rejects=dict(tally.rejects),
        noted=dict(tally.noted),
        mapping=mapping,
    )
