"""What the lists know by the types of a plug-in, and what a hash of such a type resembles."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from tidebreak.errors import UsageError
from tidebreak.lists.blocks import kept_values
from tidebreak.lists.catalogue import EntryRecord
from tidebreak.matching.stating import stated
from tidebreak.model import Level, Match, Verdict
from tidebreak.plugins.installed import Plugin
from tidebreak.plugins.process import Hit, Offered, PluginFailed, PluginProcess
from tidebreak.plugins.texts import SIGNAL, decode
from tidebreak.store.database import Database
from tidebreak.store.vault import Vault

MOST = 100_000
"""Known hashes of one type: each is compared with each, by the plug-in's own code."""

_BATCH = 2000

Records = Callable[[Sequence[int]], Mapping[int, EntryRecord]]
"""Says what the entries asked for are now (`Catalogue.entries`)."""

Known = dict[str, tuple[list[int], list[str]]]
"""By the name of a type: entries, and the hash of each."""


def known_hashes(database: Database, vault: Vault, names: Sequence[str]) -> Known:
    """Return what the lists hold for the types ``names``; raises `UsageError` for too many."""
    found: Known = {name: ([], []) for name in names}
    for entries, values in kept_values(database, vault, SIGNAL) if names else ():
        for entry, value in zip(entries.tolist(), values, strict=True):
            made = decode(value.tobytes())
            if made is None or made[0] not in found:
                continue
            own_entries, texts = found[made[0]]
            own_entries.append(entry)
            texts.append(made[1])
            if len(texts) > MOST:
                raise UsageError(
                    f"The lists hold more than {MOST:,} hashes of type {made[0]}, which is what a"
                    " plug-in can be asked to compare one by one; remove a list or the plug-in."
                )
    return found


class Matching:
    """A process that knows what the lists know, and never sees anybody's file.

    The one that hashes files does not know any list: what a hostile file does to it stays there.
    """

    def __init__(
        self, plugin: Plugin, process: PluginProcess, known: Known, records: Records
    ) -> None:
        self._plugin, self._process, self._records = plugin, process, records
        self._entries = [known[one.name][0] for one in process.types]
        for number, one in enumerate(process.types):
            texts = known[one.name][1]
            for start in range(0, len(texts) if one.compares else 0, _BATCH):
                process.know(number, texts[start : start + _BATCH])

    @property
    def types(self) -> tuple[Offered, ...]:
        """The types of the plug-in."""
        return self._process.types

    def verdict(self, type: int, text: str) -> Verdict:
        """Return what ``text`` resembles, nearest first; raises `PluginFailed`."""
        hits = self._process.match(type, text)
        entries = self._entries[type]
        if any(hit.place >= len(entries) for hit in hits):
            raise PluginFailed(f"{self._plugin.module} names hashes that it was not given.")
        records = self._records([entries[hit.place] for hit in hits])
        name = self._process.types[type].name
        matches = [
            _match(found, self._plugin, name, hit)
            for hit in hits
            if (found := records.get(entries[hit.place])) and _counts(found)
        ]
        return Verdict(self._plugin.level if matches else Level.NONE, tuple(matches))


def _counts(record: EntryRecord) -> bool:
    # What only resembles something is neither allowed nor ignorable for that.
    return record.list.enabled and not record.withdrawn and record.list.kind.hits


def _match(record: EntryRecord, plugin: Plugin, name: str, hit: Hit) -> Match:
    told = "" if hit.distance is None else f" at distance {hit.distance:g}"
    reason = f"alike{told} by the plug-in {plugin.module}, whose own comparison this is"
    return replace(
        stated(record, plugin.level, name, reason),
        distance=math.nan if hit.distance is None else hit.distance,
        algorithm=f"{name} sha256:{plugin.digest[:16]}",
    )
