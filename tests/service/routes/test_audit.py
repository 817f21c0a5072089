from __future__ import annotations

from tests.service.service_helper import Running

from tidebreak.service.forms.service import AuditPage


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


def test_what_cannot_be_asked(shared: Running):
    for params in ({"after": -1}, {"limit": 0}, {"limit": 501}, {"after": 2**63}):
        assert shared.send("GET", "/v1/audit", params=params).status_code == 422
