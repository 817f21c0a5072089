from __future__ import annotations

from pathlib import Path

import pytest
from tests.audit import openssl

from tidebreak.audit import heads
from tidebreak.audit.authority import Authority
from tidebreak.audit.log import AuditLog
from tidebreak.audit.signing import Checker, Signer
from tidebreak.audit.stamps import BadStamp
from tidebreak.errors import CannotAsk, UsageError


@pytest.fixture
def head(filled: AuditLog, signer: Signer, tmp_path: Path) -> Path:
    written = heads.sign_into(tmp_path / "heads", filled, signer)
    assert written is not None
    return written


def test_a_head_is_stamped_and_the_stamp_checked_later(authority, head, filled, signer):
    with openssl.served(lambda body: (200, authority.reply(body))) as url:
        asked = Authority(url, [authority.root.certificate])
        assert asked.stamp(head) is not None
        assert asked.stamp(head) is None, "there is one already"
    checker = Checker.of(signer.public)
    found = heads.verify(filled, head.parent, checker, asked.check)
    assert (found.intact, found.stamps) == (True, 1)
    assert authority.believes(head.read_bytes(), heads.beside(head, ".tsr").read_bytes())
    other = Authority("", [openssl.Party("root", authority=True).certificate])
    assert not heads.verify(filled, head.parent, checker, other.check).intact


def test_one_that_is_not_believed_is_not_kept(authority: openssl.Authority, head: Path):
    kept: list[bytes] = []

    def the_first_again(body: bytes) -> tuple[int, bytes]:
        kept.append(authority.reply(body))
        return 200, kept[0]

    with openssl.served(the_first_again) as url:
        asked = Authority(url, [authority.root.certificate])
        asked.stamp(head)
        heads.beside(head, ".tsr").unlink()
        with pytest.raises(BadStamp, match="another request"):
            asked.stamp(head)
    assert not heads.beside(head, ".tsr").exists()


@pytest.mark.parametrize(
    ("status", "body", "error", "said"),
    [(500, b"", CannotAsk, "HTTP 500"), (200, b"<html>", BadStamp, "no response"),
     (200, bytes(70_000), BadStamp, "more than a stamp"), (302, b"", CannotAsk, "HTTP 302")],
)  # fmt: skip
def test_an_authority_that_fails_is_told(head: Path, status, body, error, said):
    with (
        openssl.served(lambda _: (status, body)) as url,
        pytest.raises(error, match=said),
    ):
        Authority(url, []).stamp(head)
    assert not heads.beside(head, ".tsr").exists()


def test_one_that_is_not_there_is_told(head: Path):
    with pytest.raises(CannotAsk, match="signed but has no stamp"):
        Authority("http://127.0.0.1:9/", []).stamp(head)
    with pytest.raises(UsageError, match="http"):
        Authority("file:///etc/passwd", []).stamp(head)
