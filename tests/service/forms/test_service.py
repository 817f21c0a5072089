from __future__ import annotations

from dataclasses import fields

from tidebreak.audit.log import Event
from tidebreak.service.forms.service import CheckForm, EventForm, GateForm, JobForm, SlotForm
from tidebreak.service.gates import GateState
from tidebreak.service.history import Slot
from tidebreak.service.jobs import Job
from tidebreak.service.readiness import Check


def test_forms_have_the_fields_of_what_they_show():
    pairs = ((JobForm, Job), (EventForm, Event), (CheckForm, Check), (GateForm, GateState),
             (SlotForm, Slot))  # fmt: skip
    for form, shown in pairs:
        assert set(form.model_fields) == {item.name for item in fields(shown)}, form
