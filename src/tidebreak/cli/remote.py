"""``tidebreak remote``: hash here, match at a third party; for sites that hold no list."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from tidebreak.cli.context import console, installation, plain, styled, table
from tidebreak.errors import UsageError
from tidebreak.showing import counted, shown_path

if TYPE_CHECKING:
    from tidebreak.installation import Tidebreak
    from tidebreak.remote.judges import Judge
    from tidebreak.remote.queue import Queue, Run
    from tidebreak.remote.run import Result
    from tidebreak.remote.terms import Terms

_FOUND = 20
"""Recognised items named in the summary."""

remote_app = typer.Typer(
    help="Hash here and match at a contracted third party, without a list of one's own.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@remote_app.callback()
def remote() -> None:
    """Hash here and match at a contracted third party, without a list of one's own."""


@dataclass(frozen=True, slots=True)
class _Options:
    """What the command line asked for."""

    server: str
    key_file: Path
    ca: Path | None
    insecure: bool
    wait: float
    resume: bool


@remote_app.command()
def scan(
    server: Annotated[str, typer.Option(metavar="URL", help="Who matches, as https://…")],
    key_file: Annotated[
        Path, typer.Option(metavar="FILE", help="The file with your key there, or your token.")
    ],
    paths: Annotated[list[str] | None, typer.Argument(help="Files and folders.")] = None,
    types: Annotated[
        str, typer.Option(metavar="TYPES", help="The identifiers that are asked for.")
    ] = "sha256,sha1,md5",
    near: Annotated[
        bool, typer.Option("--near", help="Send the PDQ of pictures, too, as your contract allows.")
    ] = False,
    sealed: Annotated[
        bool, typer.Option("--sealed", help="Ask a sealed server, which sees only what is known.")
    ] = False,
    ca: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The certificate that it is to have.")
    ] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Send the key in the clear, in a network of yours.")
    ] = False,
    wait: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="How long to wait for a quota.")
    ] = 600,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the remote scan that was interrupted last.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per item.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 2 when anything was not fully examined.")
    ] = False,
) -> None:
    """Examine files here and have their identifiers matched elsewhere; say what is known.

    First says what the server learns. Exits with 1 when anything is known, else with 2 when
    anything has no answer yet: it waits here, encrypted, for --resume.
    """
    from tidebreak.remote.terms import Terms

    wanted = [name for name in types.split(",") if name.strip()]
    name = urlsplit(server).hostname or server
    terms = Terms.of(name, wanted, near=near, sealed=sealed)
    options = _Options(server, key_file, ca, insecure, wait, resume)
    with installation() as opened, _queue(opened) as queue:
        run = _run(queue, terms, paths or [], resume=resume)
        for sentence in terms.in_words:
            print(f"tidebreak: {plain(sentence)}", file=sys.stderr)
        with _judge(terms, options) as judge:
            result = _carry_out(opened, queue, run, judge, options)
        (_print_json if as_json else _print_summary)(queue, result)
    _say_what_was_missed(result)
    failed = result.waiting > 0 or (strict and result.incomplete > 0)
    sys.exit(2 if strict and failed else 1 if result.found else 2 if failed else 0)


@contextmanager
def _queue(opened: Tidebreak) -> Generator[Queue]:
    from tidebreak.remote.queue import Queue
    from tidebreak.scan.start import alone

    with alone(opened.home / "remote.lock"):
        sql = opened.stores.open("remote", "tidebreak.remote")
        try:
            yield Queue(sql, opened.vault)
        finally:
            sql.close()


def _run(queue: Queue, terms: Terms, paths: list[str], *, resume: bool) -> Run:
    from tidebreak.scan.start import roots_of

    if not resume:
        return queue.begin(terms, roots_of(paths, None, others=False))
    last = queue.interrupted()
    if paths:
        raise UsageError("The interrupted scan knows its paths; leave them out with --resume.")
    if last.terms != terms:
        raise UsageError(
            "The interrupted scan asked another server, or for other things; name the same, or"
            " start a new one without --resume."
        )
    return last


@contextmanager
def _judge(terms: Terms, options: _Options) -> Generator[Judge]:
    from tidebreak.remote.judges import Matched, Sealed

    if terms.sealed:
        from tidebreak.cli.seal_ask import sealed_extra

        with sealed_extra():
            from tidebreak.seal.online.client import Client as SealedClient
            from tidebreak.seal.online.token import load
        token = load(options.key_file)
        with SealedClient(
            options.server, token, ca=options.ca, insecure=options.insecure
        ) as server:
            yield Sealed(server)
        return
    with client_extra():
        from tidebreak.client import Client
    with Client(
        options.server, options.key_file, ca=options.ca, insecure=options.insecure
    ) as service:
        yield Matched(service)


@contextmanager
def client_extra() -> Generator[None]:
    """Say which extra is missing."""
    try:
        yield
    except ImportError as error:
        raise UsageError(
            f"Asking a service needs {error.name}, which is not installed: pip install"
            " 'tidebreak[client]'"
        ) from None


def _carry_out(
    opened: Tidebreak, queue: Queue, run: Run, judge: Judge, options: _Options
) -> Result:
    from tidebreak.remote.run import RemoteScan
    from tidebreak.scan.hashing import hash_all

    sent = {"types": ", ".join(run.terms.types), "near": run.terms.near, "sealed": run.terms.sealed}
    opened.audit.append("remote.scan", opened.actor, run.terms.server, sent)
    with _progress() as on_progress:
        job = RemoteScan(run, queue, judge, options.wait, on_progress)
        try:
            result = job.carry_out(lambda skip: hash_all(run.roots, opened.settings, skip=skip))
        except KeyboardInterrupt:
            print(f"tidebreak: interrupted; {_GO_ON}", file=sys.stderr)
            sys.exit(2)
    counts = {"items": result.items, "found": result.found, "waiting": result.waiting}
    opened.audit.append("remote.scan.end", opened.actor, run.terms.server, counts)
    return result


_GO_ON = "go on with the same command, --resume in place of the paths"


@contextmanager
def _progress() -> Generator[Callable[[int], None]]:
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with console(error=True).status("hashing") as status:
        yield lambda files: status.update(f"{files:,} files hashed")


def _print_json(queue: Queue, result: Result) -> None:
    from tidebreak.scan.items import is_text

    for one in queue.outcomes(result.number):
        record = {
            "path": shown_path(one.path, one.member),
            "size": None if one.size < 0 else one.size,
            "state": one.state.value,
            "reason": one.reason,
            "verdict": dict(one.verdict),
            "content": one.content,
            "note": one.note,
        }
        if not is_text(one.path):
            record["path_hex"] = one.path.hex()
        sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")


def _print_summary(queue: Queue, result: Result) -> None:
    out, grid = console(), table("level", "what", "list", "entry", "why")
    found = (one for one in queue.outcomes(result.number) if one.level.found)
    for _, one in zip(range(_FOUND), found, strict=False):
        best = next(iter(one.verdict["matches"]), {"list": "", "entry": "", "reason": one.note})
        cells = (shown_path(one.path, one.member), best["list"], best["entry"], best["reason"])
        grid.add_row(styled(one.level), *map(plain, cells))
    if result.found:
        out.print(grid)
        if result.found > _FOUND:
            out.print(f"… and {result.found - _FOUND:,} more; --json lists them all.")
    clear = result.items - result.found - result.incomplete - result.waiting
    out.print(f"\nRemote scan {result.number}: {counted(result.items, 'item')}")
    out.print(f"  {result.found:>9,}  recognised")
    out.print(f"  {clear:>9,}  clear: examined, and not known there")
    out.print(f"  {result.incomplete:>9,}  not fully examined")
    out.print(f"  {result.waiting:>9,}  without an answer")


def _say_what_was_missed(result: Result) -> None:
    if result.incomplete:
        missed = counted(result.incomplete, "item was", "items were")
        print(
            f"tidebreak: {missed} not fully examined; known content there may have been missed.",
            file=sys.stderr,
        )
    if result.waiting:
        waiting = counted(result.waiting, "item has", "items have")
        print(f"tidebreak: {waiting} no answer. {result.why}", file=sys.stderr)
        print(f"tidebreak: when there is one, {_GO_ON}", file=sys.stderr)
