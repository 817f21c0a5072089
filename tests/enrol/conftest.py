"""An installation's parts, media that is harmless, and workers that are this process."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image

from tidebreak.audit.log import AuditLog
from tidebreak.descriptors import Descriptor
from tidebreak.enrol import run
from tidebreak.enrol.run import Desk
from tidebreak.hashing.seals import Sealer
from tidebreak.lists.catalogue import Catalogue
from tidebreak.media.descriptors import Describer
from tidebreak.media.examine import Examiner, Given
from tidebreak.media.reporting import Unread
from tidebreak.settings import Settings
from tidebreak.store import keys as key_store
from tidebreak.store.database import Database
from tidebreak.store.vault import Vault


class Here:
    """Examines in this process; says after how many files it is interrupted."""

    stop_after: int | None = None
    examined: list[str] = []  # noqa: RUF012 - shared on purpose

    def __init__(self, settings: Settings, descriptors: Sequence[Descriptor] = ()) -> None:
        self._settings, self._describer = settings, Describer(descriptors)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def examine(self, jobs):
        for job in jobs:
            if self.stop_after is not None and len(self.examined) >= self.stop_after:
                os.close(job.fd)
                raise KeyboardInterrupt
            self.examined.append(str(Path(f"/proc/self/fd/{job.fd}").readlink()))
            report = _Collected()
            given = Given(job.token, job.fd, job.size, job.full, job.known)
            Examiner(self._settings, report, self._describer).examine([given])
            os.close(job.fd)
            yield from ((job, found) for found in report.found)
            yield job, None


class _Collected(Unread):
    def __init__(self):
        self.found = []

    def result(self, token, found, *, last):
        self.found.append(found)


@pytest.fixture
def here(monkeypatch) -> type[Here]:
    monkeypatch.setattr(run, "WorkerPool", Here)
    monkeypatch.setattr(Here, "stop_after", None)
    monkeypatch.setattr(Here, "examined", [])
    return Here


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    keys = key_store.create(tmp_path / "key")
    with closing(Database.create(tmp_path / "home" / "tidebreak.db", keys)) as database:
        yield database


@pytest.fixture
def desk(tmp_path: Path, database: Database) -> Iterator[Desk]:
    keys = key_store.load(tmp_path / "key")
    audit = AuditLog(tmp_path / "home" / "audit.db")
    catalogue = Catalogue(database, keys, audit, actor="tester")
    yield Desk(
        tmp_path / "home" / "enrolments",
        Settings(),
        Sealer(keys.seal_key),
        Vault(keys.vault_key),
        catalogue,
        audit,
        "tester",
    )
    audit.close()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory) -> Path:
    """A folder with two photographs, a copy of one, a text, a flat and a broken picture."""
    folder = tmp_path_factory.mktemp("media")
    (folder / "inner").mkdir()
    Image.fromarray(skimage.data.coffee()).save(folder / "coffee.png")
    Image.fromarray(skimage.data.chelsea()).save(folder / "inner" / "cat.jpg", quality=90)
    (folder / "inner" / "copy.png").write_bytes((folder / "coffee.png").read_bytes())
    (folder / "notes.txt").write_text("nothing to see")
    Image.fromarray(np.full((90, 120, 3), 7, np.uint8)).save(folder / "flat.png")
    (folder / "torn.png").write_bytes((folder / "coffee.png").read_bytes()[:300])
    return folder
