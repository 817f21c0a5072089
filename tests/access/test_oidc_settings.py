from __future__ import annotations

from pathlib import Path

import pytest

from tidebreak.access.oidc_settings import secure_url, settings_from
from tidebreak.access.roles import Role
from tidebreak.errors import UsageError

GOOD = {
    "issuer": "https://id.example/realm",
    "client_id": "tidebreak",
    "redirect_url": "https://tb.example/return",
    "roles": {"analysts": ["analyst"], "leads": ["analyst", "reviewer"]},
}


def test_a_table_is_read(tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    secret.chmod(0o600)
    found = settings_from({**GOOD, "client_secret_file": str(secret), "groups_claim": "roles"})
    assert (found.issuer, found.client_secret, found.groups_claim) == (
        GOOD["issuer"], "s3cret", "roles",
    )  # fmt: skip
    assert "s3cret" not in repr(found)
    assert found.roles_for(["leads", "x"]) == {Role.ANALYST, Role.REVIEWER}
    assert found.roles_for("analysts") == {Role.ANALYST}
    assert found.roles_for(None) == frozenset()


@pytest.mark.parametrize(
    "change",
    [
        {"issuer": "http://id.example"},
        {"issuer": ""},
        {"client_id": 3},
        {"redirect_url": "tb.example/return"},
        {"roles": {}},
        {"roles": {"a": ["boss"]}},
        {"roles": {"a": 3}},
        {"rolles": {}},
        {"client_secret_file": "/nowhere"},
    ],
)
def test_what_is_wrong_is_told(change):
    with pytest.raises(UsageError):
        settings_from({**GOOD, **change})


def test_a_secret_that_others_may_read_is_refused(tmp_path: Path):
    secret = tmp_path / "secret"
    secret.write_text("s3cret")
    secret.chmod(0o644)
    with pytest.raises(UsageError, match="chmod 600") as error:
        settings_from({**GOOD, "client_secret_file": str(secret)})
    assert "s3cret" not in str(error.value)


def test_only_this_machine_is_asked_without_tls():
    assert secure_url("http://127.0.0.1:8080/x", "it")
    for url in ("http://10.0.0.1/", "ftp://id.example", "https://", ""):
        with pytest.raises(UsageError, match="it must begin"):
            secure_url(url, "it")
