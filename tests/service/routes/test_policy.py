from __future__ import annotations

from tests.service.service_helper import Running, signal

from tidebreak.policy.reading import default_text, read
from tidebreak.service.forms.records import DryRunForm, PolicyForm


def test_the_policy_in_force(shared: Running):
    form = PolicyForm.model_validate_json(shared.send("GET", "/v1/policy").content)
    assert form.version == shared.parts.book.current.version
    assert form.trouble == ""
    assert read(form.text).rules == shared.parts.book.current.rules


def test_a_broken_file_is_said(service: Running):
    (service.parts.opened.home / "policy.toml").write_text("rules = 1")
    service.portal.call(service.parts.book._look)  # type: ignore[arg-type]
    form = PolicyForm.model_validate_json(service.send("GET", "/v1/policy").content)
    assert form.trouble
    ready = service.send("GET", "/readyz", key="")
    # The last good one is in force: a slip of the pen must not take every replica out at once.
    assert (ready.status_code, ready.json()["checks"]["policy"]) == (200, False)


def test_a_dry_run_changes_nothing(service: Running):
    service.send("POST", "/v1/screen", json={"items": [[signal(1)], [signal(99)]]})
    answer = service.send("POST", "/v1/policy/dry-run", json={"text": default_text(), "days": 1})
    form = DryRunForm.model_validate_json(answer.content)
    assert form.screenings == 2
    assert sum(change.count for change in form.changes) == 2
    assert not (service.parts.opened.home / "policy.toml").exists()


def test_a_policy_that_is_none(shared: Running):
    for body in ({"text": "rules = 1"}, {"text": "x = ["}, {"days": 1}, {"text": "", "days": 0}):
        assert shared.send("POST", "/v1/policy/dry-run", json=body).status_code == 422
