"""An installation with something in every kind of place, on either back end."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tidebreak.installation import Tidebreak
from tidebreak.model import ListKind
from tidebreak.store.stores import Stores


def md5(number: int) -> str:
    return hashlib.md5(str(number).encode()).hexdigest()


@pytest.fixture
def made(stores: Stores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tidebreak]:
    monkeypatch.setenv("TIDEBREAK_DATABASE", stores.database)
    Tidebreak.create(stores.home, tmp_path / "keys" / "key").close()
    monkeypatch.delenv("TIDEBREAK_DATABASE")
    with Tidebreak.open(stores.home) as opened:
        path = tmp_path / "list.csv"
        path.write_text("id,md5\n" + "".join(f"n{n},{md5(n)}\n" for n in range(50)))
        opened.import_list(path, name="list", kind=ListKind.CONTRABAND, owner="us")
        opened.catalogue.withdraw("list", "n3", "why")
        with opened.observations() as observations:
            observations.begin_scan({"roots": ["/a"]})
        (stores.home / "policy.toml").write_text("# a policy\n")
        (stores.home / "descriptors").mkdir()
        (stores.home / "descriptors" / "model.onnx").write_bytes(bytes(range(256)))
        yield opened
