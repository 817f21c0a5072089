"""What can be done with the sightings of one installation; the one thing that faces call.

Everything that brings something in, shows who is behind an actor, or lets something out is an
event in the audit log.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tidebreak.audit.log import AuditLog, Detail, DetailValue
from tidebreak.hashing.seals import Sealer
from tidebreak.index import Snapshot
from tidebreak.lists.catalogue import Catalogue
from tidebreak.sightings.intake.importing import Order, Progress, import_log
from tidebreak.sightings.kept_logs.store import Sightings
from tidebreak.sightings.pages import behind
from tidebreak.sightings.pages.export import export
from tidebreak.sightings.pages.portrait import Portrait
from tidebreak.sightings.pages.report import actor_page, ranking_page, write_page
from tidebreak.sightings.pages.show import portray
from tidebreak.sightings.query import Answer, query, shown
from tidebreak.sightings.ranking import kept
from tidebreak.sightings.ranking.days import Doubts
from tidebreak.sightings.ranking.exclusions import Exclusion, exclude
from tidebreak.sightings.ranking.rank import Job, Options, rank
from tidebreak.sightings.ranking.stale import refuse_other_machines
from tidebreak.sightings.records import Ranking, Source
from tidebreak.store.vault import Vault

RANKING_PAGE = "ranking.html"


class Opened(Protocol):
    """What is needed of an installation; ``actor`` is who asks."""

    home: Path
    vault: Vault
    sealer: Sealer
    audit: AuditLog
    actor: str
    catalogue: Catalogue

    @property
    def snapshot(self) -> Snapshot:
        """Everything matchable now."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """The sightings of an installation."""

    opened: Opened

    @property
    def sightings(self) -> Sightings:
        """The store as it is now."""
        return Sightings.open(self.opened.home, self.opened.vault, self.opened.sealer)

    def import_log(
        self, order: Order, progress: Progress = lambda done, size, rows: None
    ) -> Source:
        """Import one log; errors of `tidebreak.sightings.intake.importing.import_log`."""
        return import_log(self.sightings, order, self.opened.audit, self.opened.actor, progress)

    def sources(self) -> tuple[Source, ...]:
        """Return the logs that were imported."""
        return self.sightings.sources()

    def exclude(self, file: Path, reason: str) -> Exclusion:
        """Never rank the machines that ``file`` lists."""
        return exclude(self.sightings, file, reason, self.opened.audit, self.opened.actor)

    def rank(self, options: Options | None = None) -> Ranking:
        """Rank all actors by the lists as they are now, and keep the ranking."""
        sightings, snapshot, catalogue = self.sightings, self.opened.snapshot, self.opened.catalogue
        with self._around("rank", "sightings") as outcome:
            made = rank(
                sightings, snapshot, catalogue, list_version=catalogue.label, options=options
            )
            kept.keep(sightings.home, self.opened.vault, made)
            outcome["actors"] = sum(len(actors) for actors in made.actors.values())
        return made

    def last(self) -> Ranking:
        """Return the last ranking; raises `UsageError` where there is none."""
        return kept.last(self.sightings.home, self.opened.vault)

    def show(self, key: str) -> Portrait:
        """Return everything about one actor of the last ranking; raises `UsageError`."""
        ranking = self.last()
        with self._around("show", key):
            return portray(self._job(ranking), self.opened.catalogue, ranking, key)

    def query(self, sql: str, most: int = 1000) -> Answer:
        """Answer a question in SQL about what was seen; raises `UsageError`.

        Who is behind an actor, and identifiers of contents, cannot be asked for so.
        """
        sightings, snapshot, catalogue = self.sightings, self.opened.snapshot, self.opened.catalogue
        with self._around("query", "sightings", {"sql": shown(sql)}) as outcome:
            answer = query(sightings, snapshot, catalogue, sql, most)
            outcome["rows"] = len(answer.rows)
        return answer

    def export(self, path: Path, *, addresses: bool = False) -> int:
        """Write the last ranking to ``path`` and return its rows; raises `UsageError`.

        With ``addresses``, who is behind every actor is in it, too; not when other machines are
        excluded now than when it was ranked.
        """
        ranking = self.last()
        told: dict[str, Any] = {"file": path.name, "addresses": addresses}
        with self._around("export", "ranking", told) as outcome:
            if addresses:
                refuse_other_machines(ranking, self.sightings)
            names = self._names(ranking) if addresses else None
            outcome["rows"] = rows = export(ranking, path, names)
        return rows

    def report(self, ranking: Ranking, folder: Path) -> Path:
        """Write the page of a ranking to ``folder``; it names nobody."""
        write_page(folder / RANKING_PAGE, ranking_page(ranking))
        return folder / RANKING_PAGE

    def report_actor(self, portrait: Portrait, folder: Path) -> Path:
        """Write the page of one actor to ``folder``; it says who it is."""
        path = folder / f"actor-{portrait.actor.key.replace(':', '-')}.html"
        self.opened.audit.append("sightings.report", self.opened.actor, portrait.actor.key)
        write_page(path, actor_page(portrait))
        return path

    def _around(
        self, what: str, object: str, told: Detail | None = None
    ) -> AbstractContextManager[dict[str, DetailValue]]:
        return self.opened.audit.around(f"sightings.{what}", self.opened.actor, object, told)

    def _job(self, ranking: Ranking) -> Job:
        """Return what the ranking was made of, so that what is shown agrees with it."""
        said: dict[str, Any] = dict(ranking.options)
        options = Options(
            since=said["since"], until=said["until"], weak=bool(said["weak"]),
            sources=tuple(source.number for source in ranking.sources),
            doubts=Doubts(said["shared_after"], said["roaming_after"]),
        )  # fmt: skip
        return Job.of(self.sightings, self.opened.snapshot, self.opened.catalogue, options)

    def _names(self, ranking: Ranking) -> dict[str, str]:
        job = self._job(ranking)
        actors = [actor for some in ranking.actors.values() for actor in some]
        found = behind.identities(job.sightings, actors, behind.codes_of(job, actors))
        return {key: behind.in_a_word(identity) for key, identity in found.items()}
