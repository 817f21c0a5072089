"""Importing a whole list from an upload: in a thread, with a connection of its own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import anyio.to_thread

from tidebreak.lists.records import ImportOptions, ImportResult
from tidebreak.service.forms.lists import ImportIn
from tidebreak.service.jobs import Tell, Work
from tidebreak.spool import Spool

if TYPE_CHECKING:
    from tidebreak.installation import Tidebreak


def import_of(opened: Tidebreak, name: str, order: ImportIn, spool: Spool, actor: str) -> Work:
    """Return the work that imports ``spool``, which it closes, as the list called ``name``.

    Rejected lines, which hold hashes, go to a file of the owner's alone in the home.
    """

    async def work(tell: Tell) -> dict[str, int]:
        with spool:
            result = await anyio.to_thread.run_sync(
                _import, opened, _options(opened.home, name, order, tell), spool, actor
            )
        return _counts(result)

    return work


def _import(opened: Tidebreak, options: ImportOptions, spool: Spool, actor: str) -> ImportResult:
    file = spool.open()
    try:
        with type(opened).open(opened.home) as own:
            catalogue = own.catalogue_as(actor)
            # The file has no name; this is the one that the kernel gives this process for it.
            return catalogue.import_file(Path(f"/proc/self/fd/{file}"), **options)
    finally:
        os.close(file)


def _options(home: Path, name: str, order: ImportIn, tell: Tell) -> ImportOptions:
    rejects = home / "rejects"
    if order.skip_bad:
        rejects.mkdir(mode=0o700, exist_ok=True)
    return ImportOptions(
        name=name,
        kind=order.kind,
        format=order.format or None,
        owner=order.owner,
        legal_basis=order.legal_basis,
        scheme=order.scheme,
        skip_bad=rejects / f"{os.urandom(8).hex()}.rejects" if order.skip_bad else False,
        known_good_statement=order.known_good_statement,
        shrink=order.shrink,
        progress=lambda done, total, _: tell(done, total),
    )


def _counts(result: ImportResult) -> dict[str, int]:
    names = ("added", "updated", "withdrawn", "unchanged", "duplicates", "dropped_trivial",
             "rejected")  # fmt: skip
    return {name: getattr(result, name) for name in names}
