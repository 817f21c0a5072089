"""What can be done with the sightings of one installation; the one thing that faces call.

Everything that brings something in, shows who is behind an actor, or lets something out is an
event in the audit log.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tidebreak.audit.log import AuditLog
from tidebreak.hashing.seals import Sealer
from tidebreak.index import Snapshot
from tidebreak.lists.catalogue import Catalogue
from tidebreak.sightings import behind, kept
from tidebreak.sightings.days import Doubts
from tidebreak.sightings.exclusions import Exclusion, exclude
from tidebreak.sightings.export import export
from tidebreak.sightings.importing import Order, Progress, import_log
from tidebreak.sightings.portrait import Portrait
from tidebreak.sightings.rank import Job, Options, rank
from tidebreak.sightings.records import Ranking, Source
from tidebreak.sightings.report import actor_page, ranking_page, write_page
from tidebreak.sightings.show import portray
from tidebreak.sightings.store import Sightings
from tidebreak.store.vault import Vault

RANKING_PAGE = "ranking.html"


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists as they are now, and what a ranking says of them."""

    snapshot: Snapshot
    catalogue: Catalogue
    version: str


@dataclass(frozen=True, slots=True)
class Desk:
    """The sightings of the installation at ``home``; ``actor`` is who asks."""

    home: Path
    vault: Vault
    sealer: Sealer
    audit: AuditLog
    actor: str
    lists: Callable[[], Lists]

    @property
    def sightings(self) -> Sightings:
        """The store as it is now."""
        return Sightings.open(self.home, self.vault, self.sealer)

    def import_log(
        self, order: Order, progress: Progress = lambda done, size, rows: None
    ) -> Source:
        """Import one log; errors of `tidebreak.sightings.importing.import_log`."""
        return import_log(self.sightings, order, self.audit, self.actor, progress)

    def sources(self) -> tuple[Source, ...]:
        """Return the logs that were imported."""
        return self.sightings.sources()

    def exclude(self, file: Path, reason: str) -> Exclusion:
        """Never rank the machines that ``file`` lists."""
        return exclude(self.sightings, file, reason, self.audit, self.actor)

    def rank(self, options: Options | None = None) -> Ranking:
        """Rank all actors by the lists as they are now, and keep the ranking."""
        sightings, lists = self.sightings, self.lists()
        with self.audit.around("sightings.rank", self.actor, "sightings") as outcome:
            made = rank(
                sightings, lists.snapshot, lists.catalogue,
                list_version=lists.version, options=options,
            )  # fmt: skip
            kept.keep(sightings.home, self.vault, made)
            outcome["actors"] = sum(len(actors) for actors in made.actors.values())
        return made

    def last(self) -> Ranking:
        """Return the last ranking; raises `UsageError` where there is none."""
        return kept.last(self.sightings.home, self.vault)

    def show(self, key: str) -> Portrait:
        """Return everything about one actor of the last ranking; raises `UsageError`."""
        ranking, lists = self.last(), self.lists()
        with self.audit.around("sightings.show", self.actor, key):
            return portray(self._job(ranking, lists), lists.catalogue, ranking, key)

    def export(self, path: Path, *, addresses: bool = False) -> int:
        """Write the last ranking to ``path`` and return its rows; raises `UsageError`.

        With ``addresses``, who is behind every actor is in it, too.
        """
        ranking = self.last()
        told: dict[str, Any] = {"file": path.name, "addresses": addresses}
        with self.audit.around("sightings.export", self.actor, "ranking", told) as outcome:
            names = self._names(ranking) if addresses else None
            outcome["rows"] = export(ranking, path, names)
        return outcome["rows"]

    def report(self, ranking: Ranking, folder: Path) -> Path:
        """Write the page of a ranking to ``folder``; it names nobody."""
        write_page(folder / RANKING_PAGE, ranking_page(ranking))
        return folder / RANKING_PAGE

    def report_actor(self, portrait: Portrait, folder: Path) -> Path:
        """Write the page of one actor to ``folder``; it says who it is."""
        path = folder / f"actor-{portrait.actor.key.replace(':', '-')}.html"
        self.audit.append("sightings.report", self.actor, portrait.actor.key)
        write_page(path, actor_page(portrait, self.last()))
        return path

    def _job(self, ranking: Ranking, lists: Lists) -> Job:
        """Return what the ranking was made of, so that what is shown agrees with it."""
        said: dict[str, Any] = dict(ranking.options)
        options = Options(
            since=said["since"], until=said["until"], weak=bool(said["weak"]),
            sources=tuple(source.number for source in ranking.sources),
            doubts=Doubts(said["shared_after"], said["roaming_after"]),
        )  # fmt: skip
        return Job.of(self.sightings, lists.snapshot, lists.catalogue, options)

    def _names(self, ranking: Ranking) -> dict[str, str]:
        job = self._job(ranking, self.lists())
        actors = [actor for some in ranking.actors.values() for actor in some]
        found = behind.identities(job.sightings, actors, behind.codes_of(job, actors))
        return {key: behind.in_a_word(identity) for key, identity in found.items()}
