"""The documentation says what is so: every link, command and setting in it is checked."""

from __future__ import annotations

import importlib.util
import re
import shlex
from dataclasses import fields
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tidebreak.cli.app import app
from tidebreak.scan.items import CSV_COLUMNS
from tidebreak.settings import Limits, Settings
from tidebreak.signals import DIGEST_TYPES, SIGNAL_TYPES

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)


def blocks(kind: str) -> list[tuple[str, str]]:
    return [
        (page.name, text)
        for page in PAGES
        for language, text in BLOCK.findall(page.read_text())
        if language == kind
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path):
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        other = (page.parent / name) if name else page
        assert other.exists(), f"{page.name} links to {target}"
        if anchor:
            heads = re.findall(r"^#+ (.+)$", other.read_text(), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in heads}


def commands() -> list[str]:
    lines = {
        part.strip()
        for _, text in blocks("console")
        for line in text.splitlines()
        for part in line.removeprefix("$ ").split("|")
    }
    return sorted(line for line in lines if re.match(r"\S*tidebreak ", line))


@pytest.mark.parametrize("line", commands())
def test_every_command_shown_exists_with_its_options(line: str):
    # Unknown commands and options are refused before --help is heeded.
    result = CliRunner().invoke(app, [*shlex.split(line)[1:], "--help"])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("page", ["reference", "performance"])
def test_written_pages_are_what_would_be_written_now(page: str):
    spec = importlib.util.spec_from_file_location("make", ROOT / "docs" / f"make_{page}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.render() == (ROOT / "docs" / f"{page}.md").read_text(), (
        f"run: python docs/make_{page}.py"
    )


def test_every_setting_is_in_the_reference():
    text = (ROOT / "docs" / "reference.md").read_text()
    for item in (*fields(Settings), *fields(Limits)):
        assert item.name in text


def test_the_forms_page_names_every_signal_and_column():
    text = (ROOT / "docs" / "formats.md").read_text()
    shown = [kind.name for kind in (*DIGEST_TYPES, SIGNAL_TYPES["pdq"])]
    assert " ".join(shown) in text
    assert set(CSV_COLUMNS) <= set(re.findall(r"[\w.-]+", text)) | {"matches", "title"}


def test_the_readme_counts_the_kinds_of_identifier():
    assert len(DIGEST_TYPES) == 12
    assert "by twelve kinds of identifier" in (ROOT / "README.md").read_text()


def test_the_readme_shows_both_commands():
    text = (ROOT / "README.md").read_text()
    assert "$ make demo" in text
    assert "$ make test" in text
