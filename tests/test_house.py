"""The rules of the house that a test can hold."""

from __future__ import annotations

import ast
from pathlib import Path
from statistics import median, quantiles

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "tidebreak"
MODULES = sorted(p for p in SOURCE.rglob("*.py") if p.name != "__init__.py")

LONGEST, USUAL = 320, 150
"""Lines of the longest module, and of the median."""


def mirrored(module: Path) -> Path:
    inside = module.relative_to(SOURCE)
    return ROOT / "tests" / inside.parent / f"test_{inside.name}"


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(SOURCE)))
def test_every_module_has_its_mirrored_test(module: Path):
    assert "\ndef test_" in mirrored(module).read_text()


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(SOURCE)))
def test_modules_fit_on_a_few_screens(module: Path):
    assert len(module.read_text().splitlines()) <= LONGEST


def test_most_modules_fit_on_two_and_most_functions_on_a_third_of_one():
    assert median(len(module.read_text().splitlines()) for module in MODULES) <= USUAL
    lengths = [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for module in MODULES
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.FunctionDef)
    ]
    assert median(lengths) <= 10
    assert quantiles(lengths, n=10)[-1] <= 35


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(SOURCE)))
def test_nothing_is_pickled(module: Path):
    names = {
        alias.name.split(".")[0]
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    } | {
        (node.module or "").split(".")[0]
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.ImportFrom)
    }
    assert not names & {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
