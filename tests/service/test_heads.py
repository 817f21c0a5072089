from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.audit.openssl import Authority, served

from tidebreak.audit import heads
from tidebreak.errors import UsageError
from tidebreak.installation import Tidebreak
from tidebreak.service.config import parsed
from tidebreak.service.heads import AuditRules, keeping_heads


@pytest.fixture
def rules(tmp_path: Path) -> AuditRules:
    return AuditRules(heads=str(tmp_path / "heads"))


def test_heads_are_kept_while_it_runs(installation: Tidebreak, rules: AuditRules):
    with keeping_heads(installation, rules) as keeper:
        assert keeper is not None
        installation.audit.append("look", "ann", "thing")
    assert heads.verify(installation.audit, Path(rules.heads)).newest == 1


def test_without_a_folder_none_are(installation: Tidebreak):
    with keeping_heads(installation, AuditRules()) as keeper:
        assert keeper is None


def test_they_are_stamped_where_an_authority_is_named(installation, rules, tmp_path):
    authority = Authority(tmp_path / "tsa", curve=True)
    installation.audit.append("look", "ann", "thing")
    with served(lambda body: (200, authority.reply(body))) as url:
        named = replace(rules, authority_url=url,
                        authority_certificates=str(tmp_path / "tsa" / "root.pem"))  # fmt: skip
        keeper = keeping_heads(installation, named)
        keeper.tick()
    assert (tmp_path / "heads" / "000000000001.head.tsr").exists()


@pytest.mark.parametrize(
    "change",
    [{"every_events": 0}, {"every_minutes": 0.0},
     {"authority_url": "http://127.0.0.1/", "authority_certificates": "/nowhere"}],
)  # fmt: skip
def test_what_cannot_be_is_told(installation, rules, change):
    with pytest.raises(UsageError, match=r"\[audit\]"):
        keeping_heads(installation, replace(rules, **change))


def test_the_section_is_read():
    config = parsed('[audit]\nheads = "/x"\nevery_minutes = 5\n', "service.toml")
    assert config.audit == AuditRules("/x", 1000, 5.0)
