from __future__ import annotations

import base64
from pathlib import Path

import pytest
from starlette.requests import Request

from tidebreak.errors import UsageError
from tidebreak.gates.files_below import Roots
from tidebreak.gates.hooks.options import HookOptions, where
from tidebreak.gates.table import Table
from tidebreak.web.requests import Refused


def options(**values) -> HookOptions:
    return HookOptions.of(Table("hooks", values))


def request(authorization: str = "") -> Request:
    headers = [(b"authorization", authorization.encode())] if authorization else []
    return Request({"type": "http", "method": "POST", "headers": headers})


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.fixture
def closed(tmp_path: Path) -> HookOptions:
    token = tmp_path / "token"
    token.write_text("a secret: with a colon\n")
    token.chmod(0o600)
    return options(token_file=str(token))


def test_the_token_lets_in_as_a_bearers_or_as_a_password(closed: HookOptions):
    closed.admit(request("Bearer a secret: with a colon"))
    closed.admit(request(basic("anybody", "a secret: with a colon")))
    assert "a secret" not in repr(closed)


@pytest.mark.parametrize(
    "given",
    ["", "Bearer", "Bearer wrong", "Basic !!!", "Basic /w==", basic("a secret: with a colon", ""),
     "Digest a secret: with a colon"],
)  # fmt: skip
def test_nothing_else_does(closed: HookOptions, given: str):
    with pytest.raises(Refused) as raised:
        closed.admit(request(given))
    assert raised.value.status == 401


def test_without_a_token_everybody_on_this_machine_may():
    HookOptions(Roots([])).admit(request())
    assert where(Table("hooks", {}), secret=False) == ("127.0.0.1", 8398)
    for host in ("0.0.0.0", "192.0.2.1", "[::]", "example.org"):
        table = {"listen": f"{host}:80"}
        with pytest.raises(UsageError, match="token_file"):
            where(Table("hooks", table), secret=False)
        assert where(Table("hooks", table), secret=True) == (host.strip("[]"), 80)


def test_settings_that_cannot_be_are_refused(tmp_path: Path):
    with pytest.raises(UsageError, match="403 or 451"):
        options(status=200)
    for listen in ("127.0.0.1", "127.0.0.1:x", ":80", "h:99999"):
        with pytest.raises(UsageError, match="host:port"):
            where(Table("hooks", {"listen": listen}), secret=True)
    (tmp_path / "empty").touch(0o600)
    with pytest.raises(UsageError, match="empty"):
        options(token_file=str(tmp_path / "empty"))
