from __future__ import annotations

import json

from tests.screening.conftest import rig as rig
from tests.screening.rig import Rig, sha256
from typer.testing import CliRunner, Result

from tidebreak.cli.app import app
from tidebreak.screening.records import Outcome


def tidebreak(rig: Rig, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["--home", str(rig.opened.home), *arguments])


def test_newer_lists_are_compared_with_what_was_screened(rig: Rig):
    rig.know("ours", "sha256", sha256(99).text)
    rig.rematch()
    rig.keep(rig.observed(sha256(1)))
    done = tidebreak(rig, "rematch")
    assert (done.exit_code, done.output.split(":")[1]) == (0, " 0 new verdicts.\n")
    rig.know("news", "sha256", sha256(1).text)
    done = tidebreak(rig, "rematch")
    assert done.exit_code == 1
    assert done.output == (
        "Compared 1 observation with 1 signal that came to count: 1 new verdict.\n"
    )
    done = tidebreak(rig, "rematch", "--list", "news", "--json")
    assert done.exit_code == 0
    assert json.loads(done.output)["verdicts"] == 0
    events = [event.object for event in rig.opened.audit.events() if event.action == "rematch"]
    assert events == ["all lists", "all lists", "news"]


def test_figures_of_reviews_are_shown(rig: Rig):
    rig.know("ours", "sha256", sha256(99).text)
    assert "Nothing" in tidebreak(rig, "screenings", "accuracy").output
    rig.rematch()
    rig.keep(rig.observed(sha256(1)))
    rig.know("news", "sha256", sha256(1).text)
    tidebreak(rig, "rematch")
    (found,) = [record for record in rig.records.page() if record.retroactive]
    rig.records.review(found.screened.id, "ann", Outcome.CONFIRMED)
    shown = tidebreak(rig, "screenings", "accuracy").output
    assert shown.splitlines()[-1].split() == ["news", "sha256", "equal", "1", "0", "0", "100.0"]
    (told,) = json.loads(tidebreak(rig, "screenings", "accuracy", "--json").output)
    assert (told["list"], told["confirmed"], told["precision"]) == ("news", 1, 1.0)


def test_what_was_clear_is_forgotten_on_purpose(rig: Rig):
    rig.know("ours", "sha256", sha256(99).text)
    rig.keep(rig.observed(sha256(1)))
    early = tidebreak(rig, "screenings", "forget", "--before", "2020-01-01")
    assert early.output == "Forgot 0 screenings and 0 observations.\n"
    late = tidebreak(rig, "screenings", "forget", "--before", "2999-01-01")
    assert late.output == "Forgot 1 screening and 1 observation.\n"
    bad = tidebreak(rig, "screenings", "forget", "--before", "yesterday")
    assert bad.exit_code != 0
