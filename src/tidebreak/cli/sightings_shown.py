"""How sightings are asked for in words, and how rankings and actors look on a terminal."""

from __future__ import annotations

import csv
import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tidebreak.cli.context import console, plain, table
from tidebreak.errors import UsageError
from tidebreak.showing import counted

if TYPE_CHECKING:
    from rich.console import Console

    from tidebreak.sightings.pages.portrait import Portrait
    from tidebreak.sightings.query import Answer
    from tidebreak.sightings.records import Actor, Grade, Hypothesis, Network, Range, Ranking

TOTALS, ACTORS, CONTENTS, COMPANIONS = 20, 15, 20, 10
"""Rows on a terminal; the page, the export and JSON have more."""

_WIDE = 110
"""Columns from which on all measures have room."""


def grade_of(word: str) -> Grade | None:
    """Return the grade called ``word``, None for none; raises `UsageError`."""
    from tidebreak.sightings.records import Grade

    if not word:
        return None
    if word.upper() not in Grade.__members__:
        raise UsageError("There is no such grade; say --grade A, B or C.")
    return Grade[word.upper()]


def network_of(word: str) -> Network | None:
    """Return the network called ``word``, None for none; raises `UsageError`."""
    from tidebreak.sightings.intake.mapping import NETWORK_WORDS

    if not word:
        return None
    if word.lower() not in NETWORK_WORDS:
        raise UsageError(f"There is no such network; say one of {', '.join(NETWORK_WORDS)}.")
    return NETWORK_WORDS[word.lower()]


def day_of(word: str) -> int | None:
    """Return when the day ``word`` (2026-01-31) begins, seconds since 1970 UTC; `UsageError`."""
    if not word:
        return None
    try:
        found = datetime.strptime(word, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise UsageError("That is no day; write it as 2026-01-31.") from None
    return int(found.timestamp())


def print_ranking(out: Console, ranking: Ranking) -> None:
    """Print totals, and the first actors under each hypothesis."""
    from tidebreak.sightings.pages.wording import figure

    if not ranking.anything_known:
        out.print("No enabled list knows anything of these logs.", style="yellow")
    for name, found in list(ranking.totals.items())[:TOTALS]:
        out.print(f"  {figure(found):>24}  {plain(name)}")
    if len(ranking.totals) > TOTALS:
        out.print(f"  … and {len(ranking.totals) - TOTALS} more totals: --report")
    for hypothesis, actors in ranking.actors.items():
        out.print()
        out.print(f"If one {hypothesis.value} is one actor:", style="bold")
        if not actors:
            out.print("  nobody was claimed to hold known content by evidence of grade A or B")
            continue
        out.print(_actors(out, actors[:ACTORS]))
        if len(actors) > ACTORS:
            out.print(f"  … and {counted(len(actors) - ACTORS, 'more', 'more')}")
        _print_curve(out, ranking, hypothesis)
    out.print()
    for name, count in ranking.excluded.items():
        out.print(f"  {count:>24,}  {plain(name)}")
    out.print(
        "A ranking is a work queue: a person examines the evidence, and decides.", style="yellow"
    )
    out.print("Look at one: tidebreak sightings show KEY")


def _short(found: Range, digits: int = 0) -> str:
    from tidebreak.sightings.pages.wording import figure

    return figure(found, digits).replace(" to ", "–")


def _actors(out: Console, actors: tuple[Actor, ...]) -> object:
    from tidebreak.sightings.pages.wording import day, network_names
    from tidebreak.sightings.records import Hypothesis

    by_day = actors[0].hypothesis is Hypothesis.ENDPOINT
    wide = out.width >= _WIDE
    right = ("", "only it has", "worth", "contents", "days", "A/B/C")
    heads = ["", "actor", "only it has", "worth", "contents", "days", "A/B/C"]
    more = ("day", "networks") if by_day else ("from", "to", "networks")
    grid = table(*heads, *(more if wide else ()), right=right)
    for column in grid.columns[:7]:
        column.no_wrap = True
    for place, actor in enumerate(actors, 1):
        cells = [
            str(place), actor.key + ("[yellow] ![/]" if actor.flags else ""), _short(actor.sole),
            _short(actor.rarity, 1), _short(actor.contents), _short(actor.days),
            "/".join(str(count) for count in actor.grades.values()),
        ]  # fmt: skip
        last = [] if by_day else [day(actor.last)]
        cells += [day(actor.first), *last, network_names(actor)]
        grid.add_row(*cells[: len(grid.columns)])
    return grid


def _print_curve(out: Console, ranking: Ranking, hypothesis: Hypothesis) -> None:
    from tidebreak.sightings.pages.wording import percent
    from tidebreak.sightings.records import Range

    curve = ranking.curves.get(hypothesis)
    if curve is None or not curve.k:
        return
    at = max(place for place, k in enumerate(curve.k) if k <= 100)
    gone = percent(Range(curve.low[at], curve.high[at]))
    out.print(
        f"Removing the first {counted(curve.k[at], 'actor')} of the curve would remove {gone} of"
        " the known contents that were seen."
    )
    if any(actor.flags for actor in ranking.actors[hypothesis][:ACTORS]):
        out.print("[yellow]![/] something speaks against taking it for one actor; see: show KEY")


def print_portrait(out: Console, portrait: Portrait) -> None:
    """Print who an actor is, every measure, and what it was seen with."""
    from tidebreak.sightings.pages.wording import MEASURES, figure, moment, network_names, percent

    actor = portrait.actor
    out.print(
        f"{actor.key}: number {portrait.place} of {portrait.of:,},"
        f" if one {actor.hypothesis.value} is one actor",
        style="bold",
    )
    if portrait.stale:
        out.print(portrait.stale, style="yellow")
    facts = [
        *portrait.identity,
        ("Networks", network_names(actor)),
        ("Seen (UTC)", f"{moment(actor.first)} to {moment(actor.last)}"),
        *((words, figure(getattr(actor, name), digits)) for words, name, digits in MEASURES),
        ("Adds to the curve", percent(actor.marginal)),
        ("Place on the curve", str(actor.coverage_rank or "none")),
        *((f"Contents: {name}", figure(found)) for name, found in actor.severity.items()),
        ("Grades A, B, C", ", ".join(f"{count:,}" for count in actor.grades.values())),
    ]
    grid = table("", "")
    for name, value in facts:
        grid.add_row(plain(name), plain(value))
    out.print(grid)
    for flag in actor.flags:
        out.print(f"[yellow]![/] {plain(flag)}")
    _print_seen(out, portrait)


def _print_seen(out: Console, portrait: Portrait) -> None:
    from tidebreak.sightings.pages.wording import day

    grid = table("seen with", "sightings", "from", "to", right=("sightings",))
    for item in portrait.companions[:COMPANIONS]:
        grid.add_row(plain(item.text), f"{item.sightings:,}", day(item.first), day(item.last))
    out.print(grid)
    _print_more(out, len(portrait.companions) - COMPANIONS)
    grid = table("known content", "class", "A/B/C", "sure", "from", "to", right=("A/B/C",))
    for content in portrait.items[:CONTENTS]:
        grid.add_row(
            plain("\n".join(content.entries)), plain(", ".join(content.classes)),
            "/".join(str(count) for count in content.grades.values()),
            "yes" if content.sure else "no", day(content.first), day(content.last),
        )  # fmt: skip
    out.print(grid)
    _print_more(out, len(portrait.items) - CONTENTS)
    out.print("A ranking is a work queue: a person decides.", style="yellow")


def print_answer(answer: Answer, form: str) -> None:
    """Print the answer to a question as a table, or in the ``form`` csv or json."""
    from tidebreak.sightings.pages.wording import cell

    if form == "json":
        for row in answer.rows:
            record = dict(zip(answer.columns, row, strict=True))
            sys.stdout.write(json.dumps(record, ensure_ascii=False, default=str) + "\n")
    elif form == "csv":
        writer = csv.writer(sys.stdout)
        writer.writerow(answer.columns)
        writer.writerows([cell(value) for value in row] for row in answer.rows)
    else:
        grid = table(*(plain(name) for name in answer.columns))
        for row in answer.rows:
            grid.add_row(*("" if value is None else plain(str(value)) for value in row))
        console().print(grid)
    if answer.more:
        said = f"Only the first {counted(len(answer.rows), 'row')}; for more: --limit"
        console(error=True).print(said, style="yellow")


def _print_more(out: Console, count: int) -> None:
    if count > 0:
        out.print(f"  … and {count:,} more: --report or --json")
