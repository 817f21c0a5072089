"""Before a check: with what it looks things up, and what it was told to keep."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Protocol

from tidebreak.audit.log import AuditLog
from tidebreak.check.held import HeldFiles, Identify
from tidebreak.check.inputs import inputs_of
from tidebreak.check.judging import Judge
from tidebreak.check.run import Check, Tally
from tidebreak.errors import UsageError
from tidebreak.hashing.seals import Sealer
from tidebreak.index import Snapshot
from tidebreak.lists.catalogue import Catalogue
from tidebreak.matching.matcher import Matcher
from tidebreak.model import State

_ENDS = (State.MATCHED, State.CLEAR, State.NOT_FULLY_EXAMINED)
"""The states in which an input may end."""


class Opened(Protocol):
    """What a check needs of an installation."""

    sealer: Sealer
    audit: AuditLog
    actor: str
    catalogue: Catalogue

    @property
    def snapshot(self) -> Snapshot:
        """Everything matchable now."""
        ...

    @property
    def hash(self) -> Identify:
        """Yields (path, what a worker found) for files."""
        ...

    def matcher(self) -> Matcher:
        """Return a matcher over the lists as they are now."""
        ...


def judge_of(opened: Opened) -> Judge:
    """Return what looks identifiers up; raise `UsageError` where no list is enabled."""
    if not any(item.enabled for item in opened.catalogue.lists()):
        raise UsageError(
            "No hash list is enabled, so nothing could be recognised; "
            "import one first: tidebreak lists import FILE --name NAME --kind contraband"
        )
    told, asked = opened.catalogue.spaces(), opened.catalogue.spaces(every=True)
    return Judge(opened.matcher(), opened.snapshot, opened.sealer, told, asked)


def check(
    opened: Opened,
    arguments: Sequence[str],
    stdin: BinaryIO | None,
    *,
    prose: bool,
    derive: bool,
    held: Sequence[Path],
    case: str,
    found_only: bool,
) -> Check:
    """Return a check that has not begun; arguments are those of the installation's ``check``."""
    judge = judge_of(opened)
    files = HeldFiles(held, opened.hash) if held else None
    detail = {"prose": prose, "held": len(files) if files is not None else 0, "case": case}
    opened.audit.append("check", opened.actor, "links", detail)
    inputs = inputs_of(arguments, stdin or sys.stdin.buffer, prose=prose)
    adds = opened.catalogue.derive if derive else None

    def done(tally: Tally) -> None:
        came_to = {state.name.lower(): tally.states[state] for state in _ENDS}
        opened.audit.append("checked", opened.actor, "links", came_to | {"derived": tally.derived})

    keeps = bool(case)
    return Check(judge, inputs, adds, files, sources=keeps, found_only=found_only, done=done)
