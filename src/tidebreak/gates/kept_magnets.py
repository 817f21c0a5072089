"""Links that a gate has taken out of a client, kept until they are back in it.

One small file for each, which nobody else may read, in a folder of the gate's own: a gate that is
killed in between loses none. Only links that were judged clear are ever here, and only briefly.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from tidebreak.errors import TidebreakError
from tidebreak.files import replace_whole

Fields = dict[str, str]
"""With what a client is to add a link: its interface's own words."""


class KeptMagnets:
    """The links of one client, which is known by its ``address``; all raise `TidebreakError`."""

    def __init__(self, folder: Path, address: str) -> None:
        """``folder`` is made when it is first needed; several clients and gates may share it."""
        self._folder, self._address = folder, address

    def keep(self, id: str, fields: Fields) -> None:
        """Keep a link, safely on the disk, by what its client calls it."""
        record = {"client": self._address, "id": id, "fields": fields}
        try:
            self._folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.mkdir(mode=0o700, exist_ok=True)
            replace_whole(self._path(id), json.dumps(record).encode())
        except OSError as error:
            raise self._cannot("written", error) from None

    def forget(self, id: str) -> None:
        """Drop a link that is in its client again."""
        try:
            self._path(id).unlink(missing_ok=True)
        except OSError as error:
            raise self._cannot("changed", error) from None

    def all(self) -> dict[str, Fields]:
        """Return what is kept for this client."""
        try:
            records = [_read(path) for path in sorted(self._folder.glob("*.magnet"))]
        except OSError as error:
            raise self._cannot("read", error) from None
        return {id: fields for client, id, fields in records if client == self._address}

    def _path(self, id: str) -> Path:
        name = hashlib.sha256(f"{self._address}\n{id}".encode()).hexdigest()[:32]
        return self._folder / f"{name}.magnet"

    def _cannot(self, what: str, error: OSError) -> TidebreakError:
        return TidebreakError(
            f"The gate's folder {self._folder} cannot be {what} ({error.strerror}); correct that."
        )


def _read(path: Path) -> tuple[str, str, Fields]:
    try:
        record = json.loads(path.read_bytes())
        return record["client"], record["id"], dict(record["fields"])
    except (ValueError, TypeError, KeyError):
        raise TidebreakError(
            f"A link that was kept in {path.parent} is damaged; look at what is there, add the link"
            " to its client yourself, and remove the file."
        ) from None
