from __future__ import annotations

import re
import subprocess
import tarfile
from pathlib import Path

import pytest
from tests.audit.openssl import Authority, openssl

from tidebreak.audit import exporting, heads, stamps
from tidebreak.audit.log import AuditLog
from tidebreak.audit.signing import Signer
from tidebreak.errors import UsageError


@pytest.fixture
def taken(filled: AuditLog, signer: Signer, authority: Authority, tmp_path: Path) -> Path:
    """What an auditor has unpacked, on another machine."""
    head = heads.sign_into(tmp_path / "heads", filled, signer)
    assert head is not None
    stamp = authority.reply(stamps.request(head.read_bytes()).body)
    heads.beside(head, ".tsr").write_bytes(stamp)
    filled.append("look", "ann", 'odd "prev":"00","seq":9} näme')
    last = signer.sign_last(filled)
    assert last is not None
    found = exporting.export(
        filled, tmp_path / "out.tar", signer.public, [last], folder=tmp_path / "heads"
    )
    assert (found.events, found.heads) == (6, 2)
    with tarfile.open(tmp_path / "out.tar") as tar:
        tar.extractall(tmp_path / "taken", filter="data")
    return tmp_path / "taken"


def steps() -> list[str]:
    """The commands of the README, one text for each step."""
    return [
        re.sub(r"^    ", "", block, flags=re.MULTILINE)
        for block in re.findall(r"(?<=\n\n)(?:    .*\n)+", exporting.README)
    ]


def sh(folder: Path, script: str) -> str:
    if openssl("version").returncode:
        pytest.skip("needs openssl")
    return subprocess.run(
        ["sh", "-c", script], cwd=folder, capture_output=True, text=True, check=False
    ).stdout


def test_what_the_readme_says_checks_all_of_it(taken: Path, filled: AuditLog, authority):
    chain, signed, one, stamped = steps()
    last = filled.head()
    assert sh(taken, chain) == f"{last.hash}\n"
    assert sh(taken, signed).count("Signature Verified Successfully") == 2
    assert last.hash in sh(taken, one.replace("NUMBER", "6"))
    (taken / "CA.pem").write_bytes(authority.root.pem)
    assert openssl("version").returncode == 0
    done = subprocess.run(
        ["sh", "-c", stamped.replace("NUMBER", "000000000005")], cwd=taken, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_what_the_readme_says_finds_what_was_changed(taken: Path):
    chain, signed, *_ = steps()
    events = taken / "events.jsonl"
    events.write_text(events.read_text().replace("thing 2", "thing 9"))
    assert sh(taken, chain).count("BROKEN") == 1
    head = taken / "heads" / "000000000005.head"
    head.write_text(head.read_text().replace("5", "6"))
    assert sh(taken, signed).count("Signature Verified Successfully") == 1


def test_a_part_begins_on_a_day(filled: AuditLog, signer: Signer, tmp_path: Path):
    day = next(filled.events()).at[:10]
    for since, count in (("", 5), (day, 5), ("2999-01-01", 0)):
        out = tmp_path / f"{count}{len(since)}.tar"
        assert exporting.export(filled, out, signer.public, [], since=since).events == count


def test_nothing_is_overwritten(filled: AuditLog, signer: Signer, tmp_path: Path):
    (tmp_path / "out.tar").write_text("precious")
    with pytest.raises(UsageError, match="new file"):
        exporting.export(filled, tmp_path / "out.tar", signer.public, [])
    assert (tmp_path / "out.tar").read_text() == "precious"
    with pytest.raises(UsageError, match="cannot be written"):
        exporting.export(filled, tmp_path / "no" / "out.tar", signer.public, [])
