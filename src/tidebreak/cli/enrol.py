"""``tidebreak lists enrol`` and ``tidebreak lists pack``: from media to entries and hash packs."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tidebreak.cli.context import console, installation, plain
from tidebreak.enrol.order import Ids, Order
from tidebreak.model import ListKind
from tidebreak.reach import Reach

if TYPE_CHECKING:
    from tidebreak.enrol.items import Item
    from tidebreak.enrol.run import Enrolled

Paths = Annotated[list[Path], typer.Argument(help="Files or folders of media that you may hold.")]
Owner = Annotated[str, typer.Option(help="Whose word it is.")]
LegalBasis = Annotated[str, typer.Option("--legal-basis", help="By what right you hold it.")]
Scheme = Annotated[str, typer.Option(help="The scheme of the classifications.")]
Classification = Annotated[str, typer.Option(help="What everything is classified as.")]
Classes = Annotated[
    Path | None,
    typer.Option(help="A CSV file: path, classification and, if any, scheme of files or folders."),
]
Licence = Annotated[str, typer.Option(help="On what terms a pack may be used.")]
Note = Annotated[str, typer.Option(help="What else whoever gets a pack should know.")]
IdsOption = Annotated[
    Ids, typer.Option("--ids", help="What entries are called; names may say more than is meant.")
]
ReachOption = Annotated[
    Reach,
    typer.Option("--regions", help="Hashes per picture: about 50, 100 or 260; see docs/packs.md."),
]
Exact = Annotated[
    bool,
    typer.Option(
        "--exact", help="Put digests into the pack, too. By each of them the file can be located."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one line of JSON per item.")]


def enrol(
    paths: Paths,
    name: Annotated[str, typer.Option(help="The list; entries that it has already stay on it.")],
    kind: Annotated[ListKind, typer.Option(help="What it means to be on this list.")],
    pack: Annotated[Path | None, typer.Option(help="Write a hash pack to this file, too.")] = None,
    owner: Owner = "",
    legal_basis: LegalBasis = "",
    scheme: Scheme = "",
    classification: Classification = "",
    classes: Classes = None,
    licence: Licence = "",
    note: Note = "",
    ids: IdsOption = Ids.SEALED,
    regions: ReachOption = Reach.STANDARD,
    exact: Exact = False,
    as_json: Json = False,
) -> None:
    """Put media that you lawfully hold on a list: its hashes, never a picture.

    Interrupted, the same command goes on where it stopped. What could not be enrolled is shown
    with its reason.
    """
    _run(
        Order(
            tuple(paths), name, kind, owner, legal_basis, scheme, classification, classes, pack,
            licence, note, ids, regions, exact,
        ),
        as_json,
    )  # fmt: skip


def pack(
    file: Annotated[Path, typer.Argument(help="The pack, packed where it ends in .gz.")],
    paths: Paths,
    owner: Owner = "",
    legal_basis: LegalBasis = "",
    scheme: Scheme = "",
    classification: Classification = "",
    classes: Classes = None,
    licence: Licence = "",
    note: Note = "",
    ids: IdsOption = Ids.SEALED,
    regions: ReachOption = Reach.STANDARD,
    exact: Exact = False,
    as_json: Json = False,
) -> None:
    """Make a hash pack of media that you lawfully hold, to be shared without a picture.

    Packs are made of media alone: a list that somebody else gave you is never written out.
    """
    _run(
        Order(
            tuple(paths), owner=owner, legal_basis=legal_basis, scheme=scheme,
            classification=classification, classes=classes, pack=file, licence=licence, note=note,
            ids=ids, reach=regions, exact=exact,
        ),
        as_json,
    )  # fmt: skip


def _run(order: Order, as_json: bool) -> None:
    with installation() as opened:
        result = opened.enrol(order, _print_json if as_json else _print)
    if as_json:
        sys.stdout.write(json.dumps({"result": asdict(result)}, default=str) + "\n")
    else:
        _print_result(order, result)


def _print(item: Item) -> None:
    if item.reason:
        where = item.path + (f"!/{item.member}" if item.member else "")
        console().print(f"{plain(where)}: {item.outcome.value}: {plain(item.reason)}")


def _print_json(item: Item) -> None:
    record = {
        "path": item.path, "member": item.member, "outcome": item.outcome.value,
        "reason": item.reason, "id": item.entry.key if item.entry else "",
    }  # fmt: skip
    sys.stdout.write(json.dumps(record) + "\n")


def _print_result(order: Order, result: Enrolled) -> None:
    out = console()
    for outcome, number in result.counts.items():
        out.print(f"  {number:>12,}  {outcome.value}")
    if result.imported is not None:
        done = result.imported
        out.print(
            f"{plain(order.name)}: {done.added:,} added, {done.updated:,} updated,"
            f" {done.unchanged:,} unchanged"
        )
    if result.pack is not None:
        out.print(f"{plain(str(result.pack))}: {result.packed:,} entries")
