from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.service.service_helper import Running

from tidebreak.audit import heads
from tidebreak.audit.signing import signer
from tidebreak.service.forms.service import AuditPage, VerificationForm
from tidebreak.service.heads import AuditRules


def test_every_event_in_order_on_pages(service: Running):
    for name in ("a", "b", "c"):
        service.send("POST", "/v1/lists", json={"name": name})
    seen: list[int] = []
    after = 0
    while True:
        answer = service.send("GET", "/v1/audit", params={"after": after, "limit": 3})
        page = AuditPage.model_validate_json(answer.content)
        seen += [one.number for one in page.items]
        if page.next is None:
            break
        after = page.next
    assert seen == [event.number for event in service.parts.opened.audit.events()]


def test_the_log_is_verified(service: Running):
    service.send("POST", "/v1/lists", json={"name": "a"})
    found = VerificationForm.model_validate_json(
        service.send("GET", "/v1/audit/verification").content
    )
    head = service.parts.opened.audit.head()
    assert (found.intact, found.faults) == (True, [])
    assert found.end == f"{head.number}:{head.hash}"
    assert found.events == head.number


def test_a_log_that_does_not_fit_its_heads_is_told(
    service: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    opened = service.parts.opened
    rules = AuditRules(heads=str(tmp_path / "heads"))
    monkeypatch.setattr(service.app.state, "parts", replace(
        service.parts, config=replace(service.parts.config, audit=rules)
    ))  # fmt: skip
    opened.audit.append("look", "ann", "thing")
    head = heads.sign_into(tmp_path / "heads", opened.audit, signer(opened.audit_key_file))
    assert head is not None
    answer = service.send("GET", "/v1/audit/verification").json()
    assert (answer["intact"], answer["heads"]) == (True, 1)
    assert answer["newest_head"] == heads.load(head).head.number
    head.write_bytes(head.read_bytes().replace(b"number", b"numbed"))
    answer = service.send("GET", "/v1/audit/verification").json()
    assert not answer["intact"]
    assert head.name in answer["faults"][0]


def test_what_cannot_be_asked(shared: Running):
    for params in ({"after": -1}, {"limit": 0}, {"limit": 501}, {"after": 2**63}):
        assert shared.send("GET", "/v1/audit", params=params).status_code == 422
