"""``tidebreak seal ask``: which of many are known, asked of a sealed server or a local store."""

from __future__ import annotations

import json
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from tidebreak.cli.context import console, plain
from tidebreak.errors import UsageError

if TYPE_CHECKING:
    from tidebreak.asking import Asker

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Url = Annotated[str | None, typer.Option(metavar="URL", help="The sealed server, as https://…")]
TokenFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The file with your token for it.")
]
Ca = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The certificate that the server is to have.")
]


def ask(
    file: Annotated[str, typer.Argument(help="Links and identifiers, one per line; - for stdin.")],
    server: Url = None,
    token_file: TokenFile = None,
    socket: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Or the socket of a local store.")
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep the sealed set for the next time.")
    ] = None,
    ca: Ca = None,
    as_json: Json = False,
) -> None:
    """Ask a sealed server, or a local store, which of many are known.

    Nothing is shown to a server but what is. Needs no installation. Exits with 1 when anything is
    known, else with 2 when a line could not be asked.
    """
    from tidebreak.seal.asked import ask_lines

    with _asker(server, token_file, socket, cache, ca) as asker, _lines(file) as lines:
        known = failed = total = 0
        for one in ask_lines(lines, asker):
            total += 1
            known += one.answer is not None and one.answer.known
            failed += one.answer is None
            if as_json:
                answer = asdict(one.answer) if one.answer else None
                record = {"line": one.line, "answer": answer, "reason": one.reason}
                sys.stdout.write(json.dumps(record) + "\n")
            elif one.answer is None:
                sys.stdout.write(f"line {one.line}: could not be asked: {plain(one.reason)}\n")
            elif one.answer.known:
                doubt = "" if one.answer.certain else ", by a weak digest alone: look again"
                sys.stdout.write(f"line {one.line}: known{doubt}\n")
    if not as_json:
        console().print(f"{total:,} asked, {known:,} known, {failed:,} could not be asked")
    sys.exit(1 if known else 2 if failed else 0)


@contextmanager
def _asker(
    server: str | None, token_file: Path | None, socket: Path | None, cache: Path | None,
    ca: Path | None,
) -> Generator[Asker]:  # fmt: skip
    if (server is None) == (socket is None):
        raise UsageError("Say whom to ask: a server with --server, or a local store with --socket.")
    if socket is not None:
        from tidebreak.seal.local.client import LocalStore

        if token_file or cache or ca:
            raise UsageError("A local store takes no token, set or certificate; leave them out.")
        yield LocalStore(socket)
        return
    if token_file is None:
        raise UsageError("A sealed server answers nobody without a token; give --token-file.")
    with sealed_extra():
        from tidebreak.seal.online.client import Client
        from tidebreak.seal.online.token import load
    with Client(str(server), load(token_file), cache=cache, ca=ca) as client:
        yield client


@contextmanager
def _lines(file: str) -> Generator[BinaryIO]:
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        with Path(file).open("rb") as stream:
            yield stream
    except OSError as error:
        raise UsageError(f"{file} cannot be read ({error.strerror}); name another.") from None


@contextmanager
def sealed_extra() -> Generator[None]:
    """Say which extra is missing."""
    try:
        yield
    except ImportError as error:
        raise UsageError(
            f"Sealed checks need {error.name}, which is not installed: pip install"
            " 'tidebreak[seal]'"
        ) from None
