"""Signed heads in a folder: where nobody can take anything back, better on another machine.

Three files each: ``NUMBER.head`` is the line that was signed, ``NUMBER.head.sig`` the signature,
``NUMBER.head.tsr`` a stamp of the line (RFC 3161) where an authority gives one. None is ever
overwritten, so that the folder may be a medium that is written once. A signature is written before
its line: a line without one was tampered with.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tidebreak import files
from tidebreak.audit.log import AuditLog, Head, Verification
from tidebreak.audit.signing import Checker, SignedHead, Signer
from tidebreak.errors import TidebreakError, UsageError

SUFFIX = ".head"


@dataclass(frozen=True, slots=True)
class HeadsVerification:
    """What came out: of the chain, and of so many heads and stamps; ``faults`` are sentences.

    ``newest`` is the number of the newest head, 0 without any; ``end`` is the log's own.
    """

    chain: Verification
    end: Head
    heads: int = 0
    stamps: int = 0
    newest: int = 0
    faults: tuple[str, ...] = ()

    @property
    def intact(self) -> bool:
        """Whether the log is what was written, as far as anybody can tell."""
        return self.chain.intact and not self.faults


def write(folder: Path, signed: SignedHead) -> Path:
    """Keep a head in ``folder`` and return its file; one that is there already stays.

    Raises `TidebreakError` where it cannot be written.
    """
    return write_as(folder / name_of(signed), signed)


def name_of(signed: SignedHead) -> str:
    """Return what a head's file is called."""
    return f"{signed.head.number:012d}{SUFFIX}"


def write_as(path: Path, signed: SignedHead) -> Path:
    """Keep a head in the file ``path``, with the signature beside it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _put(beside(path, ".sig"), signed.signature)
        _put(path, signed.line)
    except OSError as error:
        raise TidebreakError(
            f"The head cannot be written to {path} ({error.strerror}); see to that place."
        ) from None
    return path


def _put(place: Path, data: bytes) -> None:
    """Write a file, or find that it is there already; other replicas may write the same one."""
    try:
        files.write_new(place, data, files.SHARED)
    except FileExistsError:
        if place.read_bytes() != data:
            raise UsageError(
                f"{place} holds something else, and is never overwritten; name another place, and"
                " find out why it does."
            ) from None


def beside(path: Path, suffix: str) -> Path:
    """Return the file beside a head's."""
    return path.with_name(path.name + suffix)


def in_folder(folder: Path) -> list[Path]:
    """Return the files of all heads in ``folder``, the oldest first."""
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder}; name the one with the signed heads.")
    return sorted(folder.glob(f"*{SUFFIX}"))


def load(path: Path) -> SignedHead:
    """Return the head in ``path``; its signature is empty where there is none."""
    signature = beside(path, ".sig")
    return SignedHead(path.read_bytes(), signature.read_bytes() if signature.exists() else b"")


def verify(
    log: AuditLog,
    folder: Path | None = None,
    checker: Checker | None = None,
    check_stamp: Callable[[bytes, bytes], object] | None = None,
    noted: Head | None = None,
) -> HeadsVerification:
    """Check the chain up to its end, or a ``noted`` one; every signed head in ``folder``; stamps.

    Without a ``checker`` signatures, without ``check_stamp`` (line, response; raises
    `TidebreakError`) stamps are not checked.
    """
    end, chain = log.head(), log.verify(noted)
    found = [(path, load(path)) for path in in_folder(folder)] if folder else []
    stamps, newest, faults = 0, 0, list[str]()
    for path, signed in found:
        faults += _faults(log, path, signed, checker)
        stamp = beside(path, ".tsr")
        if check_stamp and stamp.exists():
            stamps += 1
            faults += _stamp_faults(path, signed, stamp, check_stamp)
        newest = max(newest, _number(signed))
    if folder and not found:
        faults.append(f"there is no head in {folder}")
    return HeadsVerification(chain, end, len(found), stamps, newest, tuple(faults))


def _faults(log: AuditLog, path: Path, signed: SignedHead, checker: Checker | None) -> list[str]:
    name = path.name
    try:
        head = signed.head
    except UsageError:
        return [f"{name}: it is no head"]
    if checker and not checker.holds(signed):
        return [f"{name}: its signature does not hold"]
    kept = log.record(head.number)
    if kept is None:
        return [f"{name}: the log ends before record {head.number}"]
    return [] if kept.hash == head.hash else [f"{name}: record {head.number} is another one now"]


def _stamp_faults(
    path: Path, signed: SignedHead, stamp: Path, check: Callable[[bytes, bytes], object]
) -> list[str]:
    try:
        check(signed.line, stamp.read_bytes())
    except TidebreakError as error:
        return [f"{path.name}.tsr: {error}"]
    return []


def _number(signed: SignedHead) -> int:
    try:
        return signed.head.number
    except UsageError:
        return 0


def sign_into(folder: Path, log: AuditLog, signer: Signer) -> Path | None:
    """Sign the head of ``log`` as it is now into ``folder``; None while the log is empty."""
    signed = signer.sign_last(log)
    return write(folder, signed) if signed else None
