from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest
from tests.audit.openssl import Authority, Party, served

from tidebreak.errors import UsageError


@pytest.fixture
def used(run):
    run("init")
    run("match", f"md5:{1:032x}")
    run("match", f"md5:{2:032x}")
    return run


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa"), curve=True)


def test_the_head_is_told_signed_and_checked(used, tmp_path: Path):
    told = used("audit", "head").stdout.strip()
    assert told.startswith("2:")
    (tmp_path / "h").mkdir()
    with pytest.raises(UsageError, match="no key for heads"):
        used("audit", "verify", "--heads", "h")
    used("audit", "head", "--sign", "h/one.head")
    assert "1 signed head" in used("audit", "verify", "--heads", "h").stdout
    used("audit", "public-key", "--out", "public.pem")
    assert used("audit", "public-key").stdout == Path("public.pem").read_text()
    (tmp_path / "key").unlink()
    (tmp_path / "key.audit.key").unlink()
    found = json.loads(
        used("audit", "verify", "--heads", "h", "--public-key", "public.pem", "--json").stdout
    )
    assert (found["intact"], found["heads"], found["faults"]) == (True, 1, [])


def test_a_head_that_does_not_fit_is_exit_code_2(used, tmp_path: Path):
    used("audit", "head", "--sign", "h/one.head")
    head = tmp_path / "h" / "one.head"
    head.write_text(head.read_text().replace('"number":2', '"number":1'))
    said = used("audit", "verify", "--heads", "h", code=2).stdout
    assert "NOT INTACT" in said
    assert "one.head: its signature does not hold" in said


def test_a_head_is_stamped_by_an_authority(used, tmp_path: Path, authority: Authority):
    (tmp_path / "root.pem").write_bytes(authority.root.pem)
    (tmp_path / "other.pem").write_bytes(Party("root", authority=True).pem)
    with served(lambda body: (200, authority.reply(body))) as url:
        said = used("audit", "head", "--sign", "h/a.head", "--stamp", url, "--authority",
                    "root.pem").stdout  # fmt: skip
    assert "stamped: 20" in said
    check = ("audit", "verify", "--heads", "h", "--authority")
    assert "1 signed head, 1 stamp checked" in used(*check, "root.pem").stdout
    assert "do not lead" in used(*check, "other.pem", code=2).stdout


def test_what_an_auditor_takes_away(used, tmp_path: Path):
    used("audit", "head", "--sign", "h/one.head")
    assert "3 events, 2 signed heads" in used(
        "audit", "export", "--out", "out.tar", "--heads", "h", "--since", "2020-01-01"
    ).stdout  # fmt: skip
    with tarfile.open(tmp_path / "out.tar") as tar:
        names = tar.getnames()
        assert b"audit.export" in tar.extractfile("events.jsonl").read()
    assert names[:3] == ["README.txt", "public.pem", "events.jsonl"]
    assert "heads/one.head.sig" in names


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("head", "--sign", "one.txt"), "ends with .head"),
        (("head", "--stamp", "http://127.0.0.1/"), "--sign"),
        (("head", "--sign", "one.head", "--stamp", "http://127.0.0.1/"), "--authority"),
        (("verify", "--heads", "nowhere", "--public-key", "nowhere"), "cannot be read"),
        (("export", "--out", "out.tar", "--since", "yesterday"), "--since"),
    ],
)
def test_what_is_wrong_is_told(used, arguments, said):
    with pytest.raises(UsageError, match=said):
        used("audit", *arguments)


def test_an_empty_log_has_nothing_to_sign(run):
    run("init")
    with pytest.raises(UsageError, match="empty"):
        run("audit", "head", "--sign", "one.head")
