from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from tests.policy.cases import case, match, part, screened

from tidebreak.errors import UsageError
from tidebreak.installation import Tidebreak
from tidebreak.model import Level
from tidebreak.policy.case import Case
from tidebreak.policy.dry_run import Past, dry_run
from tidebreak.policy.reading import default_text, read
from tidebreak.policy.start import open_book, watching_floods
from tidebreak.screening.ids import new_id
from tidebreak.screening.rows import COLUMNS, row_of
from tidebreak.screening.start import open_store
from tidebreak.screens import Screened

BLOCK_NEAR = """
[[rule]]
name = "near"
level = "near"
action = "block"

[[rule]]
name = "known"
level = "exact"
action = "quarantine"
"""


@pytest.fixture
def made(run):
    run("init")
    return run


def test_the_default_is_written_once_to_be_changed(made, tmp_path: Path):
    assert "then: tidebreak policy check" in made("policy", "init").output
    path = tmp_path / "home" / "policy.toml"
    assert path.read_text() == default_text()
    with pytest.raises(UsageError, match="There is a policy already"):
        made("policy", "init")


def test_what_a_policy_does_is_shown(made, tmp_path: Path):
    said = made("policy", "check").output
    assert "the default policy, version" in said
    assert "quarantine" in said
    assert "warning: Surface 'public' is examined without a legal basis" in said
    made("policy", "check", "--strict", code=2)
    (tmp_path / "new.toml").write_text(BLOCK_NEAR)
    found = json.loads(made("policy", "check", tmp_path / "new.toml", "--json").output)
    assert found["rows"][0]["actions"][2] == "block"
    assert found["version"] == read(BLOCK_NEAR).version


def test_lists_that_are_not_here_are_told(made, tmp_path: Path):
    (tmp_path / "new.toml").write_text('[[rule]]\nname="r"\nlist="gone"\naction="block"\n')
    assert "names the list 'gone', which is not here" in made("policy", "check", "new.toml").output


def test_a_broken_file_is_an_error_with_its_line(made, tmp_path: Path):
    (tmp_path / "home" / "policy.toml").write_text('\n[[rule]]\nname="r"\naction="stop"\n')
    with pytest.raises(
        UsageError, match=r"policy.toml, line 4, rule 'r', action: 'stop' is none of"
    ):
        made("policy", "check")


def test_the_policy_in_force_and_those_before_are_printed(made, tmp_path: Path):
    assert made("policy", "show").output == default_text()
    with Tidebreak.open(tmp_path / "home") as opened:
        version = open_book(opened).current.version
    (tmp_path / "home" / "policy.toml").write_text(BLOCK_NEAR)
    assert made("policy", "show").output == BLOCK_NEAR
    assert made("policy", "show", "--version", version).output == default_text()
    for bad in ("../../key", "000"):
        with pytest.raises(UsageError, match="12 characters"):
            made("policy", "show", "--version", bad)


def screen(home: Path, *cases: Case) -> list[Screened]:
    """Write down what the default policy did with ``cases``, as the screener does."""
    policy, made = read(default_text()), list[Screened]()
    with Tidebreak.open(home) as opened:
        sql = open_store(opened)
        for one in cases:
            made.append(screened(replace(one, id=new_id()), policy.decide(one)))
            row = row_of(made[-1], range(len(one.parts)), waits=False)
            values = ", ".join("?" * len(row))
            with sql.writing():
                sql.change(f"INSERT INTO screening ({COLUMNS}) VALUES ({values})", row)
        sql.close()
    return made


def test_a_new_policy_is_tried_on_what_was_screened(made, tmp_path: Path):
    (tmp_path / "new.toml").write_text(BLOCK_NEAR)
    assert "0 screenings, 0 would change" in made("policy", "dry-run", "new.toml").output
    some = screen(tmp_path / "home", case(part(match(Level.NEAR))), case())
    said = made("policy", "dry-run", "new.toml", "--since", "4w").output
    assert "2 screenings, 1 would change" in said
    assert "near (1)" in said
    assert some[0].id in said
    found = json.loads(made("policy", "dry-run", "new.toml", "--json").output)
    wanted = dry_run(read(BLOCK_NEAR), map(Past, some))
    assert found == json.loads(json.dumps(asdict(wanted)))
    later = made("policy", "dry-run", "new.toml", "--since", "2099-01-01").output
    assert "0 screenings" in later
    with pytest.raises(UsageError, match="30d"):
        made("policy", "dry-run", "new.toml", "--since", "ever")


def test_floods_are_shown_and_ended(made, tmp_path: Path):
    assert "No entry floods" in made("policy", "floods").output
    (tmp_path / "home" / "policy.toml").write_text(
        default_text().replace("count = 1000", "count = 2")
    )
    with Tidebreak.open(tmp_path / "home") as opened, watching_floods(opened) as watch:
        for number in (1, 1, 2, 2):
            open_book(opened).current.decide(case(part(match(number=number))), watch)
    said = made("policy", "floods").output
    assert "#1" in said
    assert "tidebreak lists withdraw" in said
    lines = made("policy", "floods", "list", "--json").output.splitlines()
    found = [[json.loads(line)[name] for name in ("entry", "how", "matches")] for line in lines]
    assert found == [["#1", "exact", 2], ["#2", "exact", 2]]
    made("policy", "floods", "release", "hotline", "#1", "--reason", "a test")
    made("policy", "floods", "confirm", "hotline", "#2", "--reason", "a test")
    assert "No entry floods" in made("policy", "floods").output
    with pytest.raises(UsageError, match="does not flood"):
        made("policy", "floods", "release", "hotline", "#1", "--reason", "again")
