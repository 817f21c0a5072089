"""A policy as a file again: what it says, without its comments."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import fields
from enum import StrEnum

from tidebreak.policy.flooding import FloodLimits
from tidebreak.policy.places import EVERYWHERE
from tidebreak.policy.policy import Policy
from tidebreak.policy.rules import Rule, Sample, When


def write(policy: Policy) -> str:
    """Return a file that states ``policy``; read again, only its version is another one."""
    return "\n".join(_lines(policy)).strip() + "\n"


def _lines(policy: Policy) -> Iterator[str]:
    for (place, surface), terms in policy.surfaces.items():
        section = f"jurisdiction.{place}" if place != EVERYWHERE else "surface"
        basis = _value(terms.legal_basis)
        yield f"\n[{section}.{surface}]\nenabled = {_value(terms.enabled)}\nlegal_basis = {basis}"
    for rule in policy.rules:
        yield from ("\n[[rule]]", *_rule(rule))
    for sample in policy.samples:
        yield from ("\n[[sample]]", *_sample(sample))
    yield from ("\n[flood]", *_flood(policy.flood))
    for name, limits in policy.list_floods.items():
        yield from (f"\n[list.{_value(name)}.flood]", *_flood(limits))


def _rule(rule: Rule) -> Iterator[str]:
    yield f"name = {_value(rule.name)}"
    yield from _when(rule.when)
    yield f"action = {_value(rule.action)}"
    for name in ("legal_basis", "why"):
        if text := getattr(rule, name):
            yield f"{name} = {_value(text)}"


def _sample(sample: Sample) -> Iterator[str]:
    yield f"name = {_value(sample.name)}"
    yield from _when(sample.when)
    yield f"rate = {sample.rate!r}"
    if sample.action is not None:
        yield f"action = {_value(sample.action)}"


def _when(when: When) -> Iterator[str]:
    for item in fields(When):
        value = getattr(when, item.name)
        if item.init and (isinstance(value, bool) or value):
            yield f"{item.name} = {_value(value)}"


def _flood(limits: FloodLimits) -> Iterator[str]:
    for item in fields(FloodLimits):
        yield f"{item.name} = {_value(getattr(limits, item.name))}"


def _value(value: str | bool | float | Collection[str]) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return _text(value)
    first = next(iter(value))
    order: list[str] = [*type(first)] if isinstance(first, StrEnum) else sorted(value)
    items = [_text(item) for item in order if item in value]
    return items[0] if len(items) == 1 else f"[{', '.join(items)}]"


def _text(text: str) -> str:
    # JSON's strings are TOML's, but for one control character that JSON leaves as it is.
    return json.dumps(str(text), ensure_ascii=False).replace("\x7f", "\\u007f")
