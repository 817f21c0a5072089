from __future__ import annotations

from dataclasses import fields

from tidebreak.policy.dry_run import Change, DryRun
from tidebreak.screening.records import Outcome
from tidebreak.screening.rows import Review
from tidebreak.service.forms.records import (
    ChangeForm,
    DryRunForm,
    ReviewForm,
    ReviewIn,
    WebhookIn,
)
from tidebreak.service.webhooks.hooks import Hook


def test_forms_have_the_fields_of_what_they_show():
    for form, shown in ((ReviewForm, Review), (ChangeForm, Change), (DryRunForm, DryRun)):
        assert set(form.model_fields) == {item.name for item in fields(shown)}


def test_every_outcome_can_be_said():
    for outcome in Outcome:
        assert ReviewIn(outcome=outcome.value).outcome == outcome  # type: ignore[arg-type]


def test_a_webhook_is_told_of_all_that_is_held_back():
    made = WebhookIn(address="https://x.example", secret="s" * 32)
    assert [one.value for one in made.actions] == ["review", "quarantine", "block"]
    assert "secret" not in {item.name for item in fields(Hook)}
