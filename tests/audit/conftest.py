from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.audit.openssl import Authority

from tidebreak.audit.log import AuditLog
from tidebreak.audit.signing import Signer


@pytest.fixture
def log(tmp_path: Path) -> Iterator[AuditLog]:
    made = AuditLog(tmp_path / "audit.db")
    yield made
    made.close()


@pytest.fixture
def filled(log: AuditLog) -> AuditLog:
    for number in range(5):
        log.append("look", "ann", f"thing {number}", {"n": number})
    return log


@pytest.fixture
def signer() -> Signer:
    return Signer(b"s" * 32)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa"), curve=True)
