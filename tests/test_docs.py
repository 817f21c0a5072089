"""The documentation says what is so: every link, command and setting in it is checked."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
from dataclasses import fields
from pathlib import Path
from xml.etree import ElementTree

import pytest
from benchmarks.soak.__main__ import Report
from benchmarks.soak.rig import Counts
from typer.testing import CliRunner

from tidebreak.cli.app import app
from tidebreak.policy.reading import default_text
from tidebreak.scan.items import CSV_COLUMNS
from tidebreak.service.config import Intake, Listen, Screening, ServiceConfig, WebhookRules
from tidebreak.service.heads import AuditRules
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


def made(name: str):
    spec = importlib.util.spec_from_file_location("made", ROOT / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", ["reference", "performance"])
def test_written_pages_are_what_would_be_written_now(page: str):
    assert made(f"make_{page}").render() == (ROOT / "docs" / f"{page}.md").read_text(), (
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


def test_every_setting_of_the_service_and_the_default_policy_are_in_the_reference():
    text = (ROOT / "docs" / "reference.md").read_text()
    for section in fields(ServiceConfig()):
        assert section.name in text
    for section in (Listen, Intake, Screening, WebhookRules, AuditRules):
        for item in fields(section):
            assert f"# {item.name} = " in text
    assert default_text().rstrip() in text


def test_a_soak_is_told_and_drawn():
    page = made("performance_service")
    samples = [
        {"at": 30 * n, "service 1": 100.0 + n, "workers 1": 50.0 * (n % 2), "service 2": 200.0}
        for n in range(121)
    ]
    report = Report(3600, Counts(), memory=samples)
    report.counts.statuses = {"200": 90, "503": 7}
    report.counts.troubles = {"disk full": 3}
    told = json.loads(json.dumps(report.told()))
    read = made("make_performance").read
    text = page.section(read, told)
    assert "| disk full | 3 |" in text
    assert "200: 90; 503: 7" in text
    assert "soak.svg" in text
    assert "soak.svg" not in page.section(read, {**told, "seconds": 60})
    assert "soak.svg" not in page.section(read, None)
    drawn = ElementTree.fromstring(page.svg(told["memory MiB"]))
    lines = drawn.findall("{http://www.w3.org/2000/svg}polyline")
    assert len(lines) == 3
    points = [tuple(map(float, at.split(","))) for at in lines[0].attrib["points"].split()]
    assert len(points) == 121
    assert points == sorted(points)
    assert points[0][1] > points[-1][1]  # more is higher
    texts = [one.text for one in drawn.findall("{http://www.w3.org/2000/svg}text")]
    assert {"service 1", "minutes", "60", "220"} <= set(texts)
