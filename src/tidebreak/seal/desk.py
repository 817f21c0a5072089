"""What those who serve or issue what is known need of an installation."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from tidebreak.audit.log import AuditLog
from tidebreak.hashing.seals import Sealer
from tidebreak.store.database import Database
from tidebreak.store.vault import Vault


class Desk(Protocol):
    """The parts of an installation that are needed here."""

    home: Path
    database: Database
    vault: Vault
    sealer: Sealer
    audit: AuditLog
    actor: str
