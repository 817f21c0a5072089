from __future__ import annotations

from pathlib import Path

import anyio
import pytest
from tests.service.service_helper import digest

from tidebreak.errors import TidebreakError
from tidebreak.installation import Tidebreak
from tidebreak.model import ListKind
from tidebreak.service.forms.lists import ImportIn
from tidebreak.service.imports import import_of
from tidebreak.spool import IN_MEMORY, Spool


def spool_of(folder: Path, content: bytes) -> Spool:
    spool = Spool(folder, 10 * IN_MEMORY)
    spool.write(content)
    return spool


@pytest.mark.parametrize("count", [3, 20_000])  # in memory, and in a file without a name
def test_an_upload_becomes_a_list(installation: Tidebreak, tmp_path: Path, count: int):
    content = "".join(f"{digest(n)}\n" for n in range(count)).encode()
    seen: list[tuple[int, int]] = []
    order = ImportIn(kind=ListKind.WATCH, format="sha256", owner="us", legal_basis="law")
    spool = spool_of(tmp_path, content)
    work = import_of(installation, "mine", order, spool, "key k")
    counts = anyio.run(work, lambda done, total: seen.append((done, total)))
    assert counts["added"] == count
    made = installation.catalogue.get("mine")
    assert (made.kind, made.owner, made.legal_basis) == (ListKind.WATCH, "us", "law")
    assert seen[-1][1] == len(content)
    with pytest.raises(OSError, match="No such file"):
        spool.open()


def test_rejected_lines_go_where_only_the_owner_looks(installation: Tidebreak, tmp_path: Path):
    content = f"{digest(1)}\nno hash\n".encode()
    strict = ImportIn(format="sha256")
    work = import_of(installation, "mine", strict, spool_of(tmp_path, content), "key k")
    with pytest.raises(TidebreakError):
        anyio.run(work, lambda done, total: None)
    lenient = ImportIn(format="sha256", skip_bad=True)
    work = import_of(installation, "mine", lenient, spool_of(tmp_path, content), "key k")
    counts = anyio.run(work, lambda done, total: None)
    assert (counts["added"], counts["rejected"]) == (1, 1)
    (rejects,) = (installation.home / "rejects").iterdir()
    assert b"no hash" in rejects.read_bytes()
    assert rejects.parent.stat().st_mode & 0o77 == 0
