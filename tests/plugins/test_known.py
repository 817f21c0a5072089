from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from tests.plugins.plugin_helper import MODULE, WORDS

from tidebreak.errors import UsageError
from tidebreak.installation import Tidebreak
from tidebreak.model import Level, ListKind
from tidebreak.plugins import known as module
from tidebreak.plugins.installed import Plugin
from tidebreak.plugins.known import Known, Matching, known_hashes
from tidebreak.plugins.process import Hit, PluginFailed, PluginProcess
from tidebreak.plugins.texts import encode
from tidebreak.settings import Settings
from tidebreak.signals import SIGNAL_TYPES

PLUGIN = Plugin(MODULE, "ab" * 32, ("photo_md5", "words", "size"), Level.POSSIBLE)


def add(installation: Tidebreak, kind: ListKind = ListKind.CONTRABAND, **texts: str) -> None:
    """Import a list of ``words`` by their ids."""
    write = SIGNAL_TYPES["plugin"].format
    rows = [f"{key},{write(encode('words', text))}" for key, text in texts.items()]
    path = installation.home / "list.csv"
    path.write_text("\n".join(["id,plugin", *rows]))
    installation.import_list(path, name=f"list {kind}", kind=kind)


def loaded(installation: Tidebreak) -> Known:
    return known_hashes(installation.database, installation.vault, PLUGIN.types)


@pytest.fixture
def process(plugin: Path) -> Iterator[PluginProcess]:
    with PluginProcess(MODULE, Settings()) as started:
        yield started


def matching(installation: Tidebreak, process: PluginProcess) -> Matching:
    return Matching(PLUGIN, process, loaded(installation), installation.catalogue.entries)


def test_lists_keep_what_plug_ins_made(installation: Tidebreak):
    add(installation, E1="a b c", E2="x y z")
    entries, texts = loaded(installation)["words"]
    assert sorted(texts) == ["a b c", "x y z"]
    assert len(set(entries)) == 2
    assert loaded(installation)["size"] == ([], [])
    (row,) = installation.catalogue.coverage("list contraband").types
    assert (row.type, row.matchable) == ("plugin", 0)
    assert "only by the plug-in that made it" in row.why
    assert known_hashes(installation.database, installation.vault, []) == {}


def test_what_is_like_something_known_says_so(installation: Tidebreak, process: PluginProcess):
    add(installation, E1="a b c", E2="a b", E3="x y z")
    verdict = matching(installation, process).verdict(WORDS, "a b c")
    assert verdict.level is Level.POSSIBLE
    assert [(match.entry, match.distance) for match in verdict.matches] == [("E1", 0), ("E2", 1)]
    first = verdict.matches[0]
    assert (first.signal, first.kind, first.list) == ("words", "contraband", "list contraband")
    assert MODULE in first.reason
    assert matching(installation, process).verdict(WORDS, "p q r").level is Level.NONE


def test_what_was_withdrawn_counts_no_more(installation: Tidebreak, process: PluginProcess):
    add(installation, E1="a b c", E2="a b")
    judge = matching(installation, process)
    installation.catalogue.withdraw("list contraband", "E1", "test")
    assert [match.entry for match in judge.verdict(WORDS, "a b c").matches] == ["E2"]
    installation.catalogue.disable("list contraband")
    assert not judge.verdict(WORDS, "a b c").matches


def test_being_like_something_allowed_allows_nothing(
    installation: Tidebreak, process: PluginProcess
):
    add(installation, ListKind.ALLOW, E1="a b c")
    assert matching(installation, process).verdict(WORDS, "a b c").level is Level.NONE


def test_more_than_can_be_compared_one_by_one_is_told(
    installation: Tidebreak, monkeypatch: pytest.MonkeyPatch
):
    add(installation, E1="a b c", E2="a b")
    monkeypatch.setattr(module, "MOST", 1)
    with pytest.raises(UsageError, match="more than 1 hashes of type words"):
        loaded(installation)


class Lying:
    """A process that names what it was never given."""

    types = ()

    def match(self, type: int, text: str) -> Sequence[Hit]:
        return [Hit(5, None)]


def test_a_plug_in_cannot_name_what_it_was_not_given():
    judge = Matching(PLUGIN, Lying(), {}, lambda _: {})  # type: ignore[arg-type]
    judge._entries = [[1]]  # pyright: ignore[reportPrivateUsage]
    with pytest.raises(PluginFailed, match="not given"):
        judge.verdict(0, "x")


def test_no_distance_is_none(installation: Tidebreak, process: PluginProcess):
    path = installation.home / "list.csv"
    value = SIGNAL_TYPES["plugin"].format(encode("photo_md5", "ab" * 16))
    path.write_text(f"id,plugin\nE1,{value}\n")
    installation.import_list(path, name="L", kind=ListKind.CONTRABAND)
    (match,) = matching(installation, process).verdict(0, "ab" * 16).matches
    assert math.isnan(match.distance)
