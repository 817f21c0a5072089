"""``tidebreak audit head``, ``public-key`` and ``export``: what is handed to whoever checks."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tidebreak.cli.context import console, home, installation, plain
from tidebreak.errors import UsageError
from tidebreak.showing import counted

if TYPE_CHECKING:
    from tidebreak.audit.authority import Authority
    from tidebreak.audit.log import AuditLog
    from tidebreak.audit.signing import Checker

Heads = Annotated[
    Path | None, typer.Option(metavar="FOLDER", help="The folder with the signed heads.")
]
PublicKey = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="The public key (PEM) of the heads. [default: this installation's]"
    ),
]


def head(
    sign: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Sign it into this new file, ending with .head."),
    ] = None,
    stamp: Annotated[
        str, typer.Option(metavar="URL", help="Have it stamped by this authority (RFC 3161).")
    ] = "",
    authority: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Certificates (PEM) of the authority.")
    ] = None,
) -> None:
    """Tell the head of the log: the number and the hash of its last record."""
    if sign is None:
        if stamp:
            raise UsageError("Only a signed head is stamped; add --sign FILE.")
        with log_alone() as log:
            last = log.head()
        sys.stdout.write(f"{last.number}:{last.hash}\n")
        return
    from tidebreak.audit import heads, signing

    if sign.suffix != heads.SUFFIX:
        raise UsageError("The name of a signed head ends with .head; choose another.")
    stamping = _authority(stamp, authority) if stamp else None
    with installation() as opened:
        signed = signing.signer(opened.audit_key_file).sign_last(opened.audit)
    if signed is None:
        raise UsageError("The log is empty: there is nothing to sign yet.")
    heads.write_as(sign, signed)
    console().print(f"{plain(str(sign))}: signed, up to record {signed.head.number}")
    if stamping:
        found = stamping.stamp(sign)
        console().print(f"stamped: {found.at.isoformat()}" if found else "stamped before")


def public_key(
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it to this new file.")
    ] = None,
) -> None:
    """Tell the public key of signed heads: whoever checks should have it from you, early."""
    from tidebreak.audit import signing

    with installation() as opened:
        pem = signing.signer(opened.audit_key_file).public
    if out is None:
        sys.stdout.write(pem.decode())
        return
    from tidebreak import files

    try:
        files.write_new(out, pem, files.SHARED)
    except OSError as error:
        raise UsageError(
            f"The public key cannot be written to {out} ({error.strerror}); name a new file."
        ) from None


def export(
    out: Annotated[Path, typer.Option(metavar="FILE", help="Write it to this new tar file.")],
    since: Annotated[
        str, typer.Option(metavar="DATE", help="Only from then on, as 2026-01-31.")
    ] = "",
    heads: Heads = None,
) -> None:
    """Write what an auditor needs: records, signed heads, the public key, how to check them."""
    from tidebreak.audit import exporting, signing

    with installation() as opened:
        signer = signing.signer(opened.audit_key_file)
        opened.audit.append("audit.export", opened.actor, out.name, {"since": since})
        signed = signer.sign_last(opened.audit)
        found = exporting.export(
            opened.audit, out, signer.public, [signed] if signed else [], since=_date(since),
            folder=heads,
        )  # fmt: skip
    told = f"{counted(found.events, 'event')}, {counted(found.heads, 'signed head')}"
    console().print(f"{plain(str(out))}: {told}")


@contextmanager
def log_alone() -> Generator[AuditLog]:
    """Open the log alone: whoever checks it needs no key."""
    from tidebreak.homes import open_audit, stores_of

    log = open_audit(stores_of(home()))
    try:
        yield log
    finally:
        log.close()


def checker_for(public_key: Path | None) -> Checker:
    """Return who checks by the key in a file, or by this installation's own."""
    from tidebreak.audit.signing import Checker, place_of, signer

    if public_key is not None:
        return Checker.of(_read(public_key, "public key"))
    from tidebreak.homes import key_file_of
    from tidebreak.settings import load

    own = place_of(key_file_of(home(), load(home())))
    if not own.exists():
        raise UsageError("There is no key for heads here; name the public one with --public-key.")
    return Checker.of(signer(own).public)


def stamp_check(authority: Path) -> Callable[[bytes, bytes], object]:
    """Return what checks stamps by the certificates in a file."""
    return _authority("", authority).check


def _authority(url: str, certificates: Path | None) -> Authority:
    from tidebreak.audit.authority import Authority
    from tidebreak.audit.stamp_signatures import load_trusted

    if certificates is None:
        raise UsageError("Name the authority's certificates with --authority FILE.")
    return Authority(url, load_trusted(_read(certificates, "file of certificates")))


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"The {what} {path} cannot be read ({error.strerror}); name the right file."
        ) from None


def _date(text: str) -> str:
    if not text:
        return ""
    try:
        return datetime.fromisoformat(text).date().isoformat()
    except ValueError:
        raise UsageError("A date is written as 2026-01-31; correct --since.") from None
