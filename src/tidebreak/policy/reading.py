"""A policy file, read: every mistake in it is an error that names line, rule and field."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import fields
from importlib import resources
from pathlib import Path
from types import MappingProxyType

from tidebreak.model import Level, ListKind, State
from tidebreak.policy.fields import BadPolicy, Fields
from tidebreak.policy.flooding import FloodLimits, OnFlood
from tidebreak.policy.lines import Lines
from tidebreak.policy.places import EVERYWHERE, Terms, code_of, is_code
from tidebreak.policy.policy import Policy
from tidebreak.policy.rules import Rule, Sample, When
from tidebreak.screens import Action, Surface

MOST_BYTES = 1 << 20
"""Bytes of a policy file, at most."""

MOST_RULES = 1000

_NAME = re.compile(r"\w[\w .,:/-]{0,79}")
_WHEN = tuple(item.name for item in fields(When) if item.init)
_FLOOD = tuple(item.name for item in fields(FloodLimits))
_CODES = "write a code of ISO 3166, such as GB or DE-BY, or EU"
_LONGEST_WINDOW = 24 * 60


def default_text() -> str:
    """Return the policy that holds where there is no file, as a file."""
    return resources.files("tidebreak.policy").joinpath("default.toml").read_text(encoding="utf-8")


def read_file(path: Path) -> Policy:
    """Return the policy in a file; raise `BadPolicy`."""
    return whole(read(text_of(path), str(path)), str(path))


def whole(policy: Policy, file: str) -> Policy:
    """Return ``policy`` unless the rest of its file must be missing; raise `BadPolicy`.

    A file that was cut off between two sections is valid TOML, and what no rule speaks of is only
    reviewed: known content would pass where it was kept before, and nobody would be told.
    """
    if any(_speaks_of_known(rule.when) for rule in policy.rules):
        return policy
    raise BadPolicy(
        f"{file} has no rule that speaks of exact matches on contraband lists; it may have been cut"
        " off: restore it, write such a rule, or remove the file to use the default."
    )


def _speaks_of_known(when: When) -> bool:
    return (
        State.MATCHED in when.states
        and (not when.level or Level.EXACT in when.level)
        and (not when.kind or ListKind.CONTRABAND in when.kind)
        and when.disputed is not True
    )


def text_of(path: Path) -> str:
    """Return the text of a policy file; raise `BadPolicy`."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise BadPolicy(f"{path} cannot be read ({error.strerror}); correct that.") from None
    if len(data) > MOST_BYTES:
        raise BadPolicy(f"{path} is larger than a policy may be, {MOST_BYTES:,} bytes.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise BadPolicy(f"{path} is not UTF-8 text; correct it or restore it.") from None


def read(text: str, file: str = "the policy") -> Policy:
    """Return the policy that ``text`` states; errors call it ``file``. Raises `BadPolicy`."""
    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadPolicy(f"{file} is not valid TOML ({error}); correct it.") from None
    top = Fields(values, file, Lines(text), "", "")
    flood = _flood(top.table("flood", "flood", "floods"), FloodLimits())
    policy = Policy(
        _rules(top),
        MappingProxyType(_surfaces(top)),
        tuple(_sample(item) for item in top.tables("sample")),
        flood,
        MappingProxyType(_lists(top, flood)),
        hashlib.sha256(text.encode()).hexdigest()[:12],
    )
    top.finish("surface", "jurisdiction", "rule", "sample", "flood", "list")
    return policy


def _rules(top: Fields) -> tuple[Rule, ...]:
    rules: dict[str, Rule] = {}
    for rule in map(_rule, top.tables("rule")):
        if rule.name in rules:
            raise top.wrong("rule", f"two are called '{rule.name}'; give each a name of its own")
        rules[rule.name] = rule
    if len(rules) > MOST_RULES:
        raise top.wrong("rule", f"a policy has at most {MOST_RULES:,} rules")
    return tuple(rules.values())


def _rule(item: Fields) -> Rule:
    name = _named(item)
    when = _when(item)
    action = item.word("action", Action)
    if action is None:
        raise item.wrong("action", f"say what to do: {', '.join(Action)}")
    if action is Action.ALLOW and not when.level and State.MATCHED in when.states:
        raise item.wrong("level", "to let something pass, say of which levels; nothing passes"
                         " because a condition was forgotten")  # fmt: skip
    rule = Rule(name, action, when, item.text("legal_basis"), item.text("why"))
    item.finish("name", "action", "legal_basis", "why", *_WHEN)
    return rule


def _sample(item: Fields) -> Sample:
    name, when = _named(item), _when(item)
    sample = Sample(name, item.number("rate", -1.0, 0.0, 1.0), when, item.word("action", Action))
    item.finish("name", "rate", "action", *_WHEN)
    return sample


def _named(item: Fields) -> str:
    name = item.text("name")
    if not _NAME.fullmatch(name):
        raise item.wrong("name", "give it a name of up to 80 letters, digits and spaces")
    kind = item.title.split()[0]
    item.title = f"{kind} '{name}'"
    return name


def _when(item: Fields) -> When:
    places = item.texts("jurisdiction", code_of)
    if not all(map(is_code, places)):
        raise item.wrong("jurisdiction", _CODES)
    return When(
        item.words("surface", Surface),
        places,
        item.texts("list"),
        item.words("kind", ListKind),
        item.words("level", Level),
        item.texts("classification"),
        item.texts("scheme"),
        item.words("state", State),
        item.truth("disputed"),
        item.truth("retroactive"),
    )


def _surfaces(top: Fields) -> dict[tuple[str, Surface], Terms]:
    found: dict[tuple[str, Surface], Terms] = {}
    general = top.table("surface", "surface", "surfaces")
    found |= _terms(general, EVERYWHERE, "surface")
    places = top.table("jurisdiction", "jurisdiction", "jurisdictions")
    for name in places.names:
        code = code_of(name)
        if not is_code(code):
            raise places.wrong(name, _CODES)
        section = places.table(name, f"jurisdiction.{name}", f"jurisdiction {name}")
        stated = _terms(section, code, f"jurisdiction.{name}")
        if not found.keys().isdisjoint(stated):
            raise section.wrong("", f"{code} is stated twice; leave one of them out")
        found |= stated
    return found


def _terms(section: Fields, place: str, path: str) -> dict[tuple[str, Surface], Terms]:
    found: dict[tuple[str, Surface], Terms] = {}
    for surface in Surface:
        if surface not in section.names:
            continue
        item = section.table(surface, f"{path}.{surface}", f"[{path}.{surface}]")
        enabled, basis = item.truth("enabled"), item.text("legal_basis")
        item.finish("enabled", "legal_basis")
        if enabled is None:
            raise item.wrong("enabled", "say whether content there is examined: true or false")
        if enabled and not basis and surface is Surface.PRIVATE_MESSAGE:
            raise item.wrong("legal_basis", "private messages are off until it is stated")
        found[place, surface] = Terms(enabled, basis)
    section.finish(*Surface)
    return found


def _lists(top: Fields, flood: FloodLimits) -> dict[str, FloodLimits]:
    section = top.table("list", "list", "lists")
    found: dict[str, FloodLimits] = {}
    for name in section.names:
        item = section.table(name, f"list.{name}", f"list '{name}'")
        found[name] = _flood(item.table("flood", f"list.{name}.flood", item.title), flood)
        item.finish("flood")
    return found


def _flood(item: Fields, usual: FloodLimits) -> FloodLimits:
    limits = FloodLimits(
        item.whole("count", usual.count, 1, 1_000_000_000),
        item.whole("minutes", usual.minutes, 5, _LONGEST_WINDOW),
        item.number("times_usual", usual.times_usual, 1, 1_000_000),
        item.word("mode", OnFlood) or usual.mode,
    )
    item.finish(*_FLOOD)
    return limits
