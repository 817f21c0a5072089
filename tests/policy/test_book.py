from __future__ import annotations

import threading
from pathlib import Path

import pytest
from tests.policy.cases import default

from tidebreak.errors import TidebreakError
from tidebreak.policy.book import PolicyBook
from tidebreak.policy.fields import BadPolicy
from tidebreak.policy.policy import Policy

GOOD = '[[rule]]\nname = "{}"\naction = "block"\n'


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "policy.toml"


def test_without_a_file_the_default_is_in_force(path: Path):
    book = PolicyBook(path)
    assert book.current == default()
    assert not book.problem


def test_a_file_that_is_broken_from_the_start_is_an_error(path: Path):
    path.write_text("= 1")
    with pytest.raises(BadPolicy, match="not valid TOML"):
        PolicyBook(path)


def test_a_change_counts_within_a_second(path: Path):
    clock, seen = Clock(), list[tuple[str, str]]()
    path.write_text(GOOD.format("one"))
    book = PolicyBook(
        path, clock=clock, on_change=lambda p, text: seen.append((p.rules[0].name, text))
    )
    path.write_text(GOOD.format("another"))
    assert book.current.rules[0].name == "one"
    clock.now = 1.0
    assert book.current.rules[0].name == "another"
    assert seen == [("one", GOOD.format("one")), ("another", GOOD.format("another"))]


def test_a_file_that_comes_later_counts(path: Path):
    clock = Clock()
    book = PolicyBook(path, clock=clock)
    path.write_text(GOOD.format("one"))
    clock.now = 5.0
    assert book.current.rules[0].name == "one"


@pytest.mark.parametrize("bad", ["= 1", '[[rule]]\nname = "x"', None])
def test_a_broken_file_never_takes_the_place_of_a_good_one(path: Path, bad: str | None):
    clock, problems = Clock(), list[str]()
    path.write_text(GOOD.format("one"))
    book = PolicyBook(path, clock=clock, on_problem=problems.append)
    first = book.current
    if bad is None:
        path.unlink()
    else:
        path.write_text(bad)
    for _ in range(3):
        clock.now += 2
        assert book.current is first
    assert problems == [book.problem]
    assert book.problem.endswith(f"Until then the policy {first.version} stays in force.")
    path.write_text(GOOD.format("mended"))
    clock.now += 2
    assert book.current.rules[0].name == "mended"
    assert not book.problem


def test_the_old_file_again_ends_the_problem(path: Path):
    clock = Clock()
    path.write_text(GOOD.format("one"))
    book = PolicyBook(path, clock=clock)
    for text in ("= 1", GOOD.format("one")):
        path.write_text(text)
        clock.now += 2
        assert book.current.rules[0].name == "one"
    assert not book.problem


def test_reloading_says_at_once_what_is_wrong(path: Path):
    path.write_text(GOOD.format("one"))
    book = PolicyBook(path, clock=Clock())
    path.write_text(GOOD.format("two"))
    assert book.reload().rules[0].name == "two"
    path.write_text("= 1")
    for _ in range(2):
        with pytest.raises(BadPolicy, match="stays in force"):
            book.reload()
    path.unlink()
    for _ in range(2):
        with pytest.raises(BadPolicy, match="No such file"):
            book.reload()


def test_reloading_without_a_file_changes_nothing(path: Path):
    book = PolicyBook(path)
    assert book.reload() == book.current == default()


def test_whoever_asks_meanwhile_never_waits_and_never_sees_half(path: Path):
    names = ("one", "other")
    path.write_text(GOOD.format("one"))
    book = PolicyBook(path, clock=Clock())
    stop = threading.Event()
    seen: set[str] = set()

    def ask() -> None:
        while not stop.is_set():
            seen.add(book.current.rules[0].name)

    thread = threading.Thread(target=ask)
    thread.start()
    for turn in range(40):
        path.write_text(GOOD.format(names[turn % 2]))
        book.reload()
    stop.set()
    thread.join()
    assert seen <= set(names)


def test_no_policy_comes_into_force_without_being_noted(path: Path):
    clock, noted = Clock(), list[str]()
    full = [False]

    def note(policy: Policy, _: str) -> None:
        if full[0]:
            raise TidebreakError("The disk is full.")
        noted.append(policy.rules[0].name)

    def refuse(_: str) -> None:
        raise TidebreakError("The disk is full.")

    path.write_text(GOOD.format("one"))
    book = PolicyBook(path, clock=clock, on_change=note, on_problem=refuse)
    full[0] = True
    path.write_text(GOOD.format("two"))
    clock.now = 2
    assert book.current.rules[0].name == "one"
    assert book.problem.startswith("The disk is full. Until then")
    full[0], clock.now = False, 4
    assert book.current.rules[0].name == "two"
    assert noted == ["one", "two"]
    assert not book.problem
