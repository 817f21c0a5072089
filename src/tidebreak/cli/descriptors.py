"""``tidebreak descriptors``: models of your own, by which pictures are compared, too."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from tidebreak.cli.context import console, installation, plain, table

descriptors_app = typer.Typer(
    help="Models of your own by which pictures are compared, too; there are none at first.",
    invoke_without_command=True,
    rich_markup_mode=None,
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object per descriptor.")]


@descriptors_app.callback()
def show_all(context: typer.Context) -> None:
    """Models of your own by which pictures are compared, too; there are none at first."""
    if context.invoked_subcommand is None:
        list_(as_json=False)


@descriptors_app.command(name="list")
def list_(as_json: Json = False) -> None:
    """Show what is installed, and how many vectors the lists hold for it."""
    with installation() as opened:
        found = opened.descriptors.all()
        known = opened.known_vectors()
    counts = known.counts() if known else {}
    if as_json:
        for item in found:
            record = asdict(item) | {"known_vectors": counts[item.name]}
            sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")
        return
    if not found:
        console().print("No descriptors. Install one of your own: tidebreak descriptors add FILE")
        return
    grid = table("name", "model", "metric", "numbers", "possible/lead", "set by", "known vectors",
                 right=("numbers", "known vectors"))  # fmt: skip
    for item in found:
        limits = item.thresholds
        grid.add_row(
            plain(item.name), f"sha256:{item.sha256[:16]}", item.metric.value,
            f"{item.dimension:,}", f"{limits.possible:g}/{limits.lead:g}", plain(limits.author),
            f"{counts[item.name]:,}",
        )  # fmt: skip
    console().print(grid)


@descriptors_app.command()
def add(
    file: Annotated[
        Path, typer.Argument(help="Its declaration, NAME.toml; the model NAME.onnx lies beside it.")
    ],
) -> None:
    """Install a descriptor, or another version of it, after trying it out in the sandbox."""
    with installation() as opened:
        declared = opened.descriptors.add(file, opened.settings)
    out = console()
    out.print(f"{plain(declared.name)} is installed; from now on every scan uses it.")
    out.print(
        "Its vectors may let their pictures be guessed: keep and share them with that in mind."
    )


@descriptors_app.command()
def remove(
    name: Annotated[str, typer.Argument(help="The name of a descriptor.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept in the audit log.")],
) -> None:
    """Take a descriptor out; the vectors that lists hold stay in the vault."""
    with installation() as opened:
        opened.descriptors.remove(name, reason)
    console().print(f"{plain(name)} is removed")
