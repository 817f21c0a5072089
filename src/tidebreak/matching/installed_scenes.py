"""The scenes of one installation: read once, and again when its lists have changed."""

from __future__ import annotations

from tidebreak.lists import publish
from tidebreak.lists.records import lists_of
from tidebreak.matching.verified import KnownScenes
from tidebreak.store.database import Database
from tidebreak.store.vault import Vault


class InstalledScenes:
    """What the lists hold for the verified tier: reading it opens much of the vault."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database, self._vault = database, vault
        self._known: tuple[object, KnownScenes] | None = None

    def known(self) -> KnownScenes:
        """Return the scenes that the lists hold; raises what `KnownScenes.load` does."""
        there = tuple(item.id for item in lists_of(self._database))
        state = (publish.version(self._database), there)  # nothing of a removed list stays here
        if self._known is None or self._known[0] != state:
            self._known = (state, KnownScenes.load(self._database, self._vault))
        return self._known[1]
