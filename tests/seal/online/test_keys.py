from __future__ import annotations

import stat
from pathlib import Path

import pytest
from tests.seal.sealed_helper import MASTER

from tidebreak.errors import NotInstalled, UsageError
from tidebreak.seal.online import keys
from tidebreak.seal.online.keys import SealKeys
from tidebreak.seal.oprf.suite import public_key


def test_a_created_key_is_private_and_loads(tmp_path: Path):
    path = tmp_path / "below" / "key"
    made = keys.create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keys.load(path) == made
    assert made.public == public_key(made.private)


def test_keys_have_separate_purposes_and_are_not_shown():
    made = SealKeys.derive(MASTER)
    secrets = [made.private, made.canaries, made.sets, made.tokens, made.outputs]
    assert len(set(secrets)) == 5
    assert not any(secret.hex() in repr(made) or repr(secret) in repr(made) for secret in secrets)


def test_a_key_stays_the_same_key():
    # Clients have pinned it: a change of the derivation would lock all of them out.
    assert SealKeys.derive(MASTER).public.hex().startswith("5a7520ed96edc624987d2972f7bd6e19")


def test_an_existing_key_is_never_overwritten(tmp_path: Path):
    made = keys.create(tmp_path / "key")
    with pytest.raises(UsageError, match="never overwritten"):
        keys.create(tmp_path / "key")
    assert keys.load(tmp_path / "key") == made


@pytest.mark.parametrize("content", ["", "tidebreak-key-1 " + "00" * 32, "tidebreak-seal-key-1 0"])
def test_what_is_no_key_is_refused(tmp_path: Path, content: str):
    (tmp_path / "key").write_text(content)
    (tmp_path / "key").chmod(0o600)
    with pytest.raises(NotInstalled, match="is not the key of a sealed server"):
        keys.load(tmp_path / "key")


def test_a_missing_open_or_unreadable_key_is_refused(tmp_path: Path):
    with pytest.raises(NotInstalled, match="seal init"):
        keys.load(tmp_path / "key")
    keys.create(tmp_path / "key")
    (tmp_path / "key").chmod(0o640)
    with pytest.raises(NotInstalled, match="chmod 600"):
        keys.load(tmp_path / "key")
    with pytest.raises(NotInstalled, match="cannot be read"):
        keys.load(tmp_path)


def test_the_key_lies_beside_the_installations():
    assert keys.place_of(Path("/etc/a.key")) == Path("/etc/a.oprf.key")
    assert keys.place_of(Path("/etc/a")) == Path("/etc/a.oprf.key")
