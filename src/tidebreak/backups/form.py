"""The form of a backup: a ZIP file of SQLite files, whatever back end they came from.

``stores/NAME.db`` are the stores, ``home/…`` what else belongs to the installation, and
``backup.json`` says what there is, with the SHA-256 of each file. Anybody can open it.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from tidebreak.audit.log import Head
from tidebreak.errors import Damaged, NotInstalled, UsageError
from tidebreak.version import VERSION

FORM = 1
MANIFEST = "backup.json"
STORES, HOME = "stores/", "home/"

_NAME = re.compile(r"stores/[a-z_]+\.db|home/(?:[^/\\\0]+/)*[^/\\\0]+")
_LARGEST_MANIFEST = 16 << 20
_LEVEL = 1
"""Of compression: most of it is sealed and grows no smaller at any level."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself.

    ``stores`` has the number of steps that each store has had, ``files`` each file's SHA-256,
    ``audit_number`` and ``audit_hash`` are the head of the audit log in it.
    """

    form: int
    tidebreak: str
    made_at: str
    stores: dict[str, int]
    files: dict[str, str]
    audit_number: int
    audit_hash: str


class Writer:
    """Writes a backup into an open file; the manifest comes last."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)
        self._files: dict[str, str] = {}

    def add(self, name: str, path: Path) -> None:
        """Add the file at ``path`` under ``name``."""
        digest = hashlib.sha256()
        info = zipfile.ZipInfo.from_file(path, name)
        info.compress_type = zipfile.ZIP_DEFLATED
        with path.open("rb") as source, self._zip.open(info, "w", force_zip64=True) as target:
            while piece := source.read(1 << 20):
                digest.update(piece)
                target.write(piece)
        self._files[name] = digest.hexdigest()

    def finish(self, made_at: str, stores: dict[str, int], head: Head) -> Manifest:
        """Write the manifest and return it."""
        number, hash = head.number, head.hash
        made = Manifest(FORM, VERSION, made_at, stores, self._files, number, hash)
        self._zip.writestr(MANIFEST, json.dumps(asdict(made), indent=1))
        self._zip.close()
        return made


class Reader:
    """Reads a backup; what it gives was compared with the manifest."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._zip = archive
        self.manifest = self._manifest()

    def extract(self, name: str, path: Path) -> None:
        """Write the file ``name`` to ``path``; raise `Damaged` when it is not what it was."""
        digest = hashlib.sha256()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _intact(), self._zip.open(name) as source, path.open("xb") as target:
            path.chmod(0o600)
            while piece := source.read(1 << 20):
                digest.update(piece)
                target.write(piece)
        if digest.hexdigest() != self.manifest.files[name]:
            raise _damaged(f"{name} does not have its checksum")

    def _manifest(self) -> Manifest:
        with _intact():
            if self._zip.getinfo(MANIFEST).file_size > _LARGEST_MANIFEST:
                raise ValueError
            values: dict[str, Any] = json.loads(self._zip.read(MANIFEST))
            if values["form"] > FORM:
                raise NotInstalled("The backup was made by a newer Tidebreak; install that.")
            manifest = Manifest(**values)
            names = sorted([*manifest.files, MANIFEST])
            wrong = [name for name in manifest.files if not _is_name(name)]
        if wrong or names != sorted(self._zip.namelist()):
            raise _damaged("it does not hold the files that it names")
        return manifest


@contextmanager
def opened(path: Path) -> Generator[Reader]:
    """Open the backup at ``path``; raise `UsageError` where there is none, `Damaged` if broken."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise UsageError(
            f"The backup {path} cannot be read ({error.strerror}); name a file that is one."
        ) from None
    with file:
        with _intact():
            archive = zipfile.ZipFile(file)
        with archive:
            yield Reader(archive)


def _is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and not {".", ".."} & set(name.split("/"))


@contextmanager
def _intact() -> Generator[None]:
    """Whatever the readers of ZIP and JSON say of what is broken is one sentence."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, LookupError, ValueError, TypeError) as error:
        raise _damaged(f"it cannot be read: {type(error).__name__}") from None
    except (NotImplementedError, RuntimeError):  # encrypted, or packed by other means
        raise _damaged("it is not packed as a backup is") from None


def _damaged(why: str) -> Damaged:
    return Damaged(f"The backup is not intact ({why}); take another one.")
