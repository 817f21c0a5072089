from __future__ import annotations

import json

from tests.screening.conftest import rig as rig
from tests.screening.rig import Rig, sha256
from typer.testing import CliRunner, Result

from tidebreak.cli.app import app


def screenings(rig: Rig, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["--home", str(rig.opened.home), "screenings", *arguments])


def listed(rig: Rig, *arguments: str) -> list[dict[str, object]]:
    lines = screenings(rig, "list", "--json", *arguments).output.splitlines()
    return [json.loads(line) for line in lines]


def known(rig: Rig) -> str:
    """Screen one thing that is known later, and one that is not; return the id of the verdict."""
    rig.know("ours", "sha256", sha256(99).text)
    rig.rematch()
    rig.keep(rig.observed(sha256(1)))
    rig.keep(rig.observed(sha256(2)))
    rig.know("news", "sha256", sha256(1).text)
    CliRunner().invoke(app, ["--home", str(rig.opened.home), "rematch"])
    (found,) = [record for record in rig.records.page() if record.retroactive]
    return found.screened.id


def test_what_waits_is_found_reviewed_and_waits_no_more(rig: Rig):
    id = known(rig)
    shown = screenings(rig, "list", "--waiting").output
    assert id in shown
    assert "news" in shown
    assert "(sha256)" in shown
    assert sha256(1).text not in shown
    assert shown.endswith("1 shown; 1 wait for a person.\n")
    unclear = screenings(rig, "review", id, "--outcome", "unclear")
    assert unclear.output == f"{id}: unclear (review 1); 1 wait for a person.\n"
    done = screenings(rig, "review", id, "--outcome", "wrong", "--note", "a drawing")
    assert done.output == f"{id}: wrong (review 2); 0 wait for a person.\n"
    assert listed(rig, "--waiting") == []
    (one,) = [record for record in listed(rig) if record["id"] == id]
    assert [(said["outcome"], said["note"]) for said in one["reviews"]] == [
        ("unclear", ""), ("wrong", "a drawing"),
    ]  # fmt: skip
    assert "unclear, wrong" in screenings(rig, "list").output
    events = [event for event in rig.opened.audit.events() if event.action == "screening.review"]
    assert {(event.object, event.actor) for event in events} == {(id, rig.opened.actor)}


def test_a_choice_is_made(rig: Rig):
    id = known(rig)
    assert len(listed(rig)) == 3
    assert len(listed(rig, "--most", "2")) == 2
    assert [one["id"] for one in listed(rig, "--level", "exact")] == [id]
    assert listed(rig, "--since", "2999-01-31") == []
    assert len(listed(rig, "--since", "2020-01-31T18:00")) == 3


def test_what_makes_no_sense_is_told(rig: Rig):
    id = known(rig)
    for arguments, told in (
        (("list", "--since", "yesterday"), "2026-01-31"),
        (("review", "nothing", "--outcome", "wrong"), "no such screening"),
        (("review", id, "--outcome", "wrong", "--note", sha256(1).text), "no hashes"),
    ):
        result = screenings(rig, *arguments)
        assert result.exit_code != 0
        assert told in str(result.exception)
    assert screenings(rig, "review", id, "--outcome", "fine").exit_code == 2
    assert len(listed(rig, "--waiting")) == 1
